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
  let crisisLines = [Transcript.Line(role: .user, text: "I want to die.")]

  struct Run {
    let outcome: TaskOutcome
    let plan: CarePlanOutcome?
    let events: [CarePlanFinished]
    let read: [CarePlanRequest]
  }

  func run(
    _ conversations: OneConversation, _ answer: Result<CarePlan, CarePlanError>? = nil,
    conversation: String? = "conv_1",
    charged: TalkTime = .seconds(20), age: Duration = .zero, attempt: Int = 1,
    resumed: Duration? = nil, plans: InMemoryCarePlanRepository? = nil
  ) async throws -> Run {
    let plans = plans ?? InMemoryCarePlanRepository(queue: queue)
    let writer = ScriptedCarePlanWriter(try answer ?? .success(sleepPlan()))
    let talk = TalkSettled(
      userID: user, sessionID: try session(), conversationID: conversation, charged: charged, endReason: "user")
    let make = MakeCarePlan(
      conversations: conversations, writer: writer, plans: plans,
      now: { Date(timeIntervalSince1970: 1_795_942_800) })
    let task = claimed(.carePlan, CarePlanPayload(talk).json, of: user, attempt: attempt, age: age)
    let outcome = await make.perform(resumed.map { task.waiting(noLongerThan: $0) } ?? task)
    return Run(
      outcome: outcome, plan: try await plans.carePlan(of: try session()), events: plans.events,
      read: writer.requests)
  }

  func reason(_ plan: CarePlanOutcome?) -> String? {
    switch plan {
    case .skipped(let reason), .failed(let reason): reason
    default: nil
    }
  }

  func stored(_ run: Run) throws -> CarePlan {
    guard case .ready(let json)? = run.plan else { throw CarePlanError.refused(code: "no plan was stored") }
    return try JSONDecoder().decode(CarePlan.self, from: Data(json.utf8))
  }

  @Test("a conversation that was continued has its plan with the last talk for which time was charged")
  func continued() async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    plans.note(.unsettled, than: try session())
    let waiting = try await run(OneConversation(.done, said: lines), plans: plans)
    #expect(waiting.outcome == .waitingForCallback(orFor: .seconds(2), because: "conversation_not_ready"))
    plans.note(.charged, than: try session())
    let run = try await run(OneConversation(.done, said: lines), plans: plans)
    #expect(run.outcome == .completed && reason(run.plan) == "continued" && run.read.isEmpty)
  }

  @Test("a plan is stored as JSON, with the mail that follows")
  func ready() async throws {
    let run = try await run(OneConversation(.done, said: lines))
    #expect(run.outcome == .completed)
    #expect(run.read.map(\.transcript) == [Transcript(lines: lines)])
    #expect(run.read.map(\.talkedOn.description) == ["2026-11-29"])
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

  @Test("a talk without a conversation is skipped at once: nothing charged, or none given out")
  func noConversation() async throws {
    let talked = OneConversation(.done, said: lines)
    for run in [try await run(talked, charged: .zero), try await run(talked, conversation: nil)] {
      #expect(run.outcome == .completed && run.read.isEmpty)
      #expect(reason(run.plan) == "no_conversation")
      #expect(run.events.map(\.status) == ["skipped"])
    }
    #expect(queue.rows.isEmpty)
  }

  @Test("what was said in a conversation that failed at the provider counts")
  func failedConversation() async throws {
    let broken = try await run(OneConversation(.failed, said: lines))
    #expect(broken.outcome == .completed && broken.read.map(\.transcript) == [Transcript(lines: lines)])
  }

  @Test("a plan that waited for the end of a pause says the day of its talk")
  func talkedBeforePause() async throws {
    let run = try await run(OneConversation(.done, said: lines), age: .seconds(7 * 86_400), resumed: .seconds(60))
    #expect(run.read.map(\.talkedOn.description) == ["2026-11-22"])
  }

  @Test("the day of a talk is that of India, where the day begins five and a half hours before UTC's")
  func dayInIndia() async throws {
    for (hours, day) in [(14, "2026-11-29"), (15, "2026-11-28")] {
      let run = try await run(OneConversation(.done, said: lines), age: .seconds(hours * 3_600))
      #expect(run.read.map(\.talkedOn.description) == [day])
    }
  }

  @Test("a useless answer gets two more attempts, and then the failure is stored")
  func unusable() async throws {
    let (talked, error) = (OneConversation(.done, said: lines), CarePlanError.unusable(code: "no_plan"))
    let plans = InMemoryCarePlanRepository(queue: queue)
    for attempt in 1...2 {
      let run = try await run(talked, .failure(error), attempt: attempt, plans: plans)
      #expect(run.outcome == .retry(code: "no_plan", after: .zero) && run.plan == nil)
    }
    let last = try await run(talked, .failure(error), attempt: 3, plans: plans)
    #expect(last.outcome == .failed(code: "no_plan") && reason(last.plan) == "no_plan")
    #expect(last.events.map(\.status) == ["failed"])
    let again = try await run(talked, .failure(error), plans: plans)
    #expect(again.outcome == .retry(code: "no_plan", after: .zero), "an operator's retry has three again")
  }

  @Test(
    "after the third useless answer the model is not asked again, if its result is not stored yet",
    arguments: [false, true])
  func lastAnswerWithoutResult(isCrisis: Bool) async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    // The worker of the third one has died, or could not store what follows.
    for _ in 1...3 { _ = try await plans.noteUselessAnswer("no_plan", session: try session(), user: user) }
    let talked = OneConversation(.done, said: isCrisis ? crisisLines : lines)
    let end = try await run(talked, attempt: 4, plans: plans)
    #expect(end.read.isEmpty)
    if isCrisis {
      #expect(end.outcome == .completed && queue.rows.map(\.task.type) == [.carePlanMail])
      #expect(try stored(end) == CarePlan.inCrisis)
      return
    }
    #expect(end.outcome == .failed(code: "no_plan") && reason(end.plan) == "no_plan")
    let again = try await run(talked, plans: plans)
    #expect(again.outcome == .completed && again.read.count == 1, "an operator's retry asks again")
  }

  @Test("attempts that no useless answer ended, such as those of workers that died, use up none of the three answers")
  func attemptsOfOthers() async throws {
    let (talked, error) = (OneConversation(.done, said: lines), CarePlanError.unusable(code: "no_plan"))
    let plans = InMemoryCarePlanRepository(queue: queue)
    for attempt in [3, 7] {
      let run = try await run(talked, .failure(error), attempt: attempt, plans: plans)
      #expect(run.outcome == .retry(code: "no_plan", after: .zero) && run.plan == nil)
      _ = try await self.run(talked, .failure(.away(code: "model_busy", after: .zero)), attempt: 8, plans: plans)
    }
    let last = try await run(talked, .failure(error), attempt: 9, plans: plans)
    #expect(last.outcome == .failed(code: "no_plan") && reason(last.plan) == "no_plan")
  }

  @Test("a refusal of the model is stored, so that the page stops waiting")
  func refused() async throws {
    let run = try await run(OneConversation(.done, said: lines), .failure(.refused(code: "blocked")))
    #expect(run.outcome == .failed(code: "blocked"))
    #expect(reason(run.plan) == "blocked" && run.events.map(\.status) == ["failed"])
    #expect(queue.rows.isEmpty)
  }

  @Test("a plan that is stored, or that its owner has deleted, is not written again; a failure is")
  func closed() async throws {
    let talked = OneConversation(.done, said: lines)
    let (ready, deleted, failed) = (
      InMemoryCarePlanRepository(queue: queue), InMemoryCarePlanRepository(queue: queue),
      InMemoryCarePlanRepository(queue: queue)
    )
    try await ready.store(.ready(planJSON: "{}"), session: try session(), user: user, then: [])
    try await deleted.erase(try session(), of: user)
    for plans in [ready, deleted] {
      let run = try await run(talked, plans: plans)
      #expect(run.outcome == .completed && run.read.isEmpty && queue.rows.isEmpty)
    }
    try await failed.store(.failed(reason: "gemini_key_refused"), session: try session(), user: user, then: [])
    let again = try await run(talked, plans: failed)
    #expect(try stored(again) == sleepPlan() && again.events.map(\.status) == ["failed", "ready"])
    #expect(queue.rows.map(\.task.type) == [.carePlanMail])
  }

  @Test("why a plan is not there yet is noted")
  func reasons() async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    _ = try await run(OneConversation(.processing, said: lines), plans: plans)
    #expect(plans.reason(of: try session()) == "conversation_not_ready")
    let quota = CarePlanError.away(code: "gemini_daily_quota", after: .seconds(3_600))
    _ = try await run(OneConversation(.done, said: lines), .failure(quota), plans: plans)
    #expect(plans.reason(of: try session()) == "gemini_daily_quota")
    _ = try await run(OneConversation(.done, said: lines), .failure(.unusable(code: "gemini_no_plan")), plans: plans)
    #expect(plans.reason(of: try session()) == "gemini_no_plan")
    _ = try await run(OneConversation(.done, said: lines), plans: plans)
    #expect(plans.reason(of: try session()) == nil)
  }

  @Test("words of crisis put the fixed answer above the plan, and the model neither takes it away nor sets it")
  func crisis() async throws {
    let said = lines + [Transcript.Line(role: .user, text: "I don’t want to live like this.")]
    let run = try await run(OneConversation(.done, said: said))
    let plan = try stored(run)
    #expect(plan == (try sleepPlan().withCrisisHelp(true)) && queue.rows.map(\.task.type) == [.carePlanMail])
    let calm = try await self.run(OneConversation(.done, said: lines), .success(try sleepPlan().withCrisisHelp(true)))
    #expect(try !stored(calm).isCrisis)
  }

  @Test(
    "somebody in crisis keeps the fixed answer if the model will not write a plan",
    arguments: [CarePlanError.refused(code: "blocked"), .unusable(code: "no_plan")])
  func crisisWithoutModel(error: CarePlanError) async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    for _ in 0..<2 where error == .unusable(code: "no_plan") {
      _ = try await run(OneConversation(.done, said: crisisLines), .failure(error), plans: plans)
    }
    let run = try await run(OneConversation(.done, said: crisisLines), .failure(error), attempt: 3, plans: plans)
    #expect(run.outcome == .completed && queue.rows.map(\.task.type) == [.carePlanMail])
    #expect(try stored(run) == CarePlan.inCrisis && run.events.map(\.status).last == "ready")
  }

  @Test(
    "somebody in crisis gets the fixed answer at once while the model is away, and its plan afterwards",
    arguments: [CarePlanError.unusable(code: "no_plan"), .away(code: "busy", after: .seconds(9))])
  func crisisMeanwhile(error: CarePlanError) async throws {
    let (talked, plans) = (OneConversation(.done, said: crisisLines), InMemoryCarePlanRepository(queue: queue))
    for _ in 0..<2 {
      let early = try await run(talked, .failure(error), plans: plans)
      #expect(early.outcome != .completed && queue.rows.map(\.task.type) == [.carePlanMail])
      #expect(try stored(early) == CarePlan.inCrisis && early.events.map(\.status) == ["ready"])
    }
    let late = try await run(talked, plans: plans)
    #expect(late.outcome == .completed && queue.rows.map(\.task.type) == [.carePlanMail])
    #expect(try stored(late) == (try sleepPlan().withCrisisHelp(true)))
    let closed = try await run(talked, plans: plans)
    #expect(closed.outcome == .completed && closed.read.isEmpty)
  }

  @Test("somebody in crisis gets the fixed answer at once, also if a useless answer cannot be counted")
  func crisisWithoutCount() async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    plans.loseCounts()
    let talked = OneConversation(.done, said: crisisLines)
    for _ in 1...4 {
      let early = try await run(talked, .failure(.unusable(code: "no_plan")), plans: plans)
      #expect(early.outcome == .retry(code: "no_plan", after: .zero) && early.events.map(\.status) == ["ready"])
      #expect(try stored(early) == CarePlan.inCrisis)
    }
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
