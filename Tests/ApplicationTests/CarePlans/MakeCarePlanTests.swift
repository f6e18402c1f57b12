import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Making a care plan")
struct MakeCarePlanTests {
  let user = UserID(UUID())
  let queue = InMemoryTaskQueue()
  let lines = [
    Transcript.Line(role: .agent, text: "How do you sleep?"), Transcript.Line(role: .user, text: "Badly."),
  ]

  private struct Run {
    let outcome: TaskOutcome
    let plan: CarePlanOutcome?
    let events: [CarePlanFinished]
    let read: [Transcript]
  }

  private func run(
    _ conversations: OneConversation, _ answer: Result<CarePlan, CarePlanError>? = nil,
    conversation: String? = "conv_1",
    charged: TalkTime = .seconds(20), age: Duration = .zero
  ) async throws -> Run {
    let plans = InMemoryCarePlanRepository(queue: queue)
    let writer = ScriptedCarePlanWriter(try answer ?? .success(sleepPlan()))
    let talk = TalkSettled(
      userID: user, sessionID: try session(), conversationID: conversation, charged: charged, endReason: "user")
    let make = MakeCarePlan(conversations: conversations, writer: writer, plans: plans)
    let outcome = await make.perform(claimed(.carePlan, CarePlanPayload(talk).json, of: user, age: age))
    return Run(
      outcome: outcome, plan: try await plans.carePlan(of: try session()), events: plans.events,
      read: writer.transcripts)
  }

  private func reason(_ plan: CarePlanOutcome?) -> String? {
    switch plan {
    case .skipped(let reason), .failed(let reason): reason
    default: nil
    }
  }

  @Test("a plan is stored as JSON, with the mail that follows")
  func ready() async throws {
    let run = try await run(OneConversation(.done, said: lines))
    #expect(run.outcome == .completed)
    #expect(run.read == [Transcript(lines: lines)])
    guard case .ready(let json)? = run.plan else {
      Issue.record("no plan was stored")
      return
    }
    #expect(try JSONDecoder().decode(CarePlan.self, from: Data(json.utf8)) == sleepPlan())
    #expect(run.events == [CarePlanFinished(userID: user, sessionID: try session(), status: "ready")])
    let mail = try #require(queue.rows.first?.task)
    #expect(queue.rows.count == 1 && mail.type == .carePlanMail && mail.userID == user)
    #expect(CarePlanMailPayload(json: mail.payload) == CarePlanMailPayload(sessionID: try session()))
  }

  @Test(
    "a plan waits while the provider still works on the conversation",
    arguments: [
      ConversationState.initiated, .inProgress, .processing,
    ])
  func waits(state: ConversationState) async throws {
    let run = try await run(OneConversation(state, said: lines))
    #expect(run.outcome == .waiting(for: .seconds(2)))
    #expect(run.plan == nil && run.read.isEmpty && queue.rows.isEmpty)
  }

  @Test(
    "the checks of a conversation become less frequent, and end",
    arguments: [
      (ConversationState.initiated, Duration.seconds(15 * 60 + 30), "no_conversation", 30),
      (.inProgress, .seconds(86_400), "conversation_unfinished", 130),
      (.processing, .seconds(86_400), "conversation_unfinished", 130),
    ])
  func waitsNoLonger(state: ConversationState, patience: Duration, reason why: String, most: Int) async throws {
    var (age, last, looks) = (Duration.zero, Duration.zero, 0)
    while true {
      let run = try await run(OneConversation(state, said: lines), age: age)
      looks += 1
      guard case .waiting(let pause, _) = run.outcome else {
        #expect(run.outcome == .completed && reason(run.plan) == why && run.read.isEmpty)
        break
      }
      #expect(pause >= last && pause <= .seconds(900))
      (age, last) = (age + pause, pause)
      try #require(looks < 1_000)
    }
    #expect(looks <= most && age >= patience)
  }

  @Test("a talk whose conversation was never opened is skipped once the URL has expired, not before")
  func neverOpened() async throws {
    let before = try await run(OneConversation(.initiated, said: []), age: DurationCheckSchedule.openable - .seconds(1))
    #expect(before.plan == nil)
    let after = try await run(OneConversation(.initiated, said: []), age: DurationCheckSchedule.openable)
    #expect(after.outcome == .completed && reason(after.plan) == "no_conversation")
    #expect(after.events.map(\.status) == ["skipped"])
  }

  @Test("a talk without a conversation is skipped: nothing charged, none given out, or unknown to the provider")
  func noConversation() async throws {
    let talked = OneConversation(.done, said: lines)
    let runs = [
      try await run(talked, charged: .zero), try await run(talked, conversation: nil),
      try await run(OneConversation(.success(nil))),
    ]
    for run in runs {
      #expect(run.outcome == .completed && run.read.isEmpty)
      #expect(reason(run.plan) == "no_conversation")
      #expect(run.events.map(\.status) == ["skipped"])
    }
    #expect(queue.rows.isEmpty)
  }

  @Test("a conversation that failed at the provider, and one in which the user said nothing, are skipped")
  func nothingToRead() async throws {
    let failed = try await run(OneConversation(.failed, said: lines))
    #expect(failed.outcome == .completed && reason(failed.plan) == "conversation_failed")
    let silent = try await run(OneConversation(.done, said: [lines[0], Transcript.Line(role: .user, text: "")]))
    #expect(silent.outcome == .completed && reason(silent.plan) == "nothing_said")
    #expect(failed.read.isEmpty && silent.read.isEmpty && queue.rows.isEmpty)
  }

  @Test("a busy model leads to a retry at its time, and nothing is stored until then")
  func later() async throws {
    let run = try await run(
      OneConversation(.done, said: lines), .failure(.later(code: "model_busy", after: .seconds(34))))
    #expect(run.outcome == .retry(code: "model_busy", after: .seconds(34)))
    #expect(run.plan == nil && run.events.isEmpty)
  }

  @Test("a refusal of the model is stored, so that the page stops waiting")
  func refused() async throws {
    let run = try await run(OneConversation(.done, said: lines), .failure(.refused(code: "blocked")))
    #expect(run.outcome == .failed(code: "blocked"))
    #expect(reason(run.plan) == "blocked" && run.events.map(\.status) == ["failed"])
    #expect(queue.rows.isEmpty)
  }

  @Test("a provider that is unavailable leads to a retry, and one that refuses to a failure")
  func agent() async throws {
    let away = try await run(OneConversation(.failure(.unavailable)))
    #expect(away.outcome == .retry(code: "conversation_unavailable", after: .zero))
    let refused = try await run(OneConversation(.failure(.refused)))
    #expect(refused.outcome == .failed(code: "conversation_refused"))
  }

  @Test("a task with an unreadable payload, or without a user, fails for good")
  func malformed() async throws {
    let make = MakeCarePlan(
      conversations: OneConversation(.done, said: lines), writer: ScriptedCarePlanWriter(.success(try sleepPlan())),
      plans: InMemoryCarePlanRepository(queue: queue))
    let talk = TalkSettled(
      userID: user, sessionID: try session(), conversationID: "conv_1", charged: .seconds(9), endReason: "user")
    for task in [claimed(.carePlan, "{}", of: user), claimed(.carePlan, CarePlanPayload(talk).json, of: nil)] {
      #expect(await make.perform(task) == .failed(code: "malformed_payload"))
    }
  }
}
