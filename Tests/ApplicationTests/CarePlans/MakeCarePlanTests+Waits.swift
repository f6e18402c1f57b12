import Application
import Domain
import Fakes
import Testing

/// What a plan waits for, and for how long.
extension MakeCarePlanTests {
  @Test(
    "a plan waits while the provider still works on the conversation",
    arguments: [
      ConversationState.initiated, .inProgress, .processing,
    ])
  func waits(state: ConversationState) async throws {
    let run = try await run(OneConversation(state, said: lines))
    #expect(run.outcome == .waitingForCallback(orFor: .seconds(2), because: "conversation_not_ready"))
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
    let plans = InMemoryCarePlanRepository(queue: queue)
    var (waited, last, looks) = (Duration.zero, Duration.zero, 0)
    while true {
      // A task that is old by then has the same time: ElevenLabs was away, or this service.
      let run = try await run(OneConversation(state, said: lines), age: .seconds(40 * 86_400) + waited, plans: plans)
      looks += 1
      guard case .waitingForCallback(let pause, _) = run.outcome else {
        #expect(run.outcome == .completed && reason(run.plan) == why && run.read.isEmpty)
        break
      }
      #expect(pause >= last && pause <= .seconds(900))
      (waited, last) = (waited + pause, pause)
      queue.advance(pause)
      try #require(looks < 1_000)
    }
    #expect(looks <= most && waited >= patience)
  }

  @Test("a talk whose conversation was never opened is skipped once the URL has expired, not before")
  func neverOpened() async throws {
    let (plans, unopened) = (InMemoryCarePlanRepository(queue: queue), OneConversation(.initiated, said: []))
    for passed in [Duration.zero, DurationCheckSchedule.openable - .seconds(1)] {
      queue.advance(passed)
      #expect(try await run(unopened, age: .seconds(86_400), plans: plans).plan == nil)
    }
    queue.advance(.seconds(1))
    let after = try await run(unopened, age: .seconds(86_400), plans: plans)
    #expect(after.outcome == .completed && reason(after.plan) == "no_conversation")
    #expect(after.events.map(\.status) == ["skipped"])
  }

  @Test(
    "an outage of ElevenLabs uses up none of the time that a conversation has",
    arguments: [ConversationState.initiated, .inProgress, .processing, .done])
  func outage(state: ConversationState) async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    let silent = OneConversation(state, said: [])
    _ = try await run(silent, plans: plans)
    let away = try await run(OneConversation(.failure(.unavailable)), plans: plans)
    #expect(away.outcome == .waiting(for: .seconds(2), because: "conversation_unavailable"))
    queue.advance(.seconds(26 * 3_600))
    let back = try await run(silent, age: .seconds(26 * 3_600), plans: plans)
    #expect(
      back.outcome == .waitingForCallback(orFor: .seconds(2), because: "conversation_not_ready") && back.plan == nil)
    let end = try await run(OneConversation(.done, said: lines), age: .seconds(26 * 3_600), plans: plans)
    #expect(end.outcome == .completed && end.events.map(\.status) == ["ready"])
  }

  @Test(
    "a conversation that never ends is given up after ten days, though an outage a day begins its time anew",
    arguments: [ConversationState.inProgress, .processing])
  func outageEachDay(state: ConversationState) async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    let (silent, away) = (OneConversation(state, said: lines), OneConversation(.failure(.unavailable)))
    var passed = Duration.zero
    func look(_ conversation: OneConversation, after pause: Duration) async throws -> Run {
      queue.advance(pause)
      passed += pause
      return try await run(conversation, age: passed, plans: plans)
    }
    var last = try await look(silent, after: .zero)
    while last.plan == nil, passed < .seconds(30 * 86_400) {
      for hour in 0..<20 where last.plan == nil {
        last = try await look(silent, after: hour == 0 ? .zero : .seconds(3_600))
      }
      guard last.plan == nil else { break }
      let outage = try await look(away, after: .seconds(1))
      #expect(outage.outcome == .waiting(for: .seconds(2), because: "conversation_unavailable"))
    }
    #expect(last.outcome == .completed && reason(last.plan) == "conversation_unfinished")
    // A conversation that is over by then has its three minutes all the same, and its plan.
    let others = InMemoryCarePlanRepository(queue: queue)
    _ = try await run(silent, plans: others)
    _ = try await run(away, plans: others)
    queue.advance(.seconds(20 * 86_400))
    let wordless = try await run(OneConversation(.done, said: []), age: .seconds(20 * 86_400), plans: others)
    #expect(wordless.outcome == .waitingForCallback(orFor: .seconds(2), because: "conversation_not_ready"))
    #expect(passed >= .seconds(10 * 86_400) && passed < .seconds(11 * 86_400))
  }

  @Test("a provider that is away again and again for a week takes no plan away")
  func outageForAWeek() async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    let (silent, away) = (OneConversation(.processing, said: lines), OneConversation(.failure(.unavailable)))
    var age = Duration.zero
    for _ in 0..<3 {
      for pause in [Duration.zero, .seconds(2 * 3_600)] {
        queue.advance(pause)
        age += pause
        let waiting = try await run(silent, age: age, plans: plans)
        guard case .waitingForCallback = waiting.outcome else {
          Issue.record("the plan is given up after \(age): \(waiting.outcome)")
          return
        }
      }
      _ = try await run(away, age: age, plans: plans)
      queue.advance(.seconds(2 * 86_400 + 43_200))
      age += .seconds(2 * 86_400 + 43_200)
      let outage = try await run(away, age: age, plans: plans)
      #expect(outage.outcome == .waiting(for: .seconds(900), because: "conversation_unavailable"))
    }
    #expect(age > .seconds(7 * 86_400))
    let waiting = try await run(silent, age: age, plans: plans)
    #expect(waiting.outcome == .waitingForCallback(orFor: .seconds(2), because: "conversation_not_ready"))
    queue.advance(.seconds(3_600))
    let end = try await run(OneConversation(.done, said: lines), age: age + .seconds(3_600), plans: plans)
    #expect(end.outcome == .completed && end.events.map(\.status) == ["ready"])
  }

  @Test(
    "a conversation that the provider shows late is asked for again for three minutes, counted from its first answer",
    arguments: ["no_conversation", "nothing_said", "conversation_failed"])
  func late(why: String) async throws {
    let silent = [lines[0], Transcript.Line(role: .user, text: "")]
    let conversation =
      switch why {
      case "no_conversation": OneConversation(.success(nil))
      case "nothing_said": OneConversation(.done, said: silent)
      default: OneConversation(.failed, said: silent)
      }
    let plans = InMemoryCarePlanRepository(queue: queue)
    // The task may be old by then: the provider was away, or this service.
    var pauses: [Duration] = []
    for passed in [0, 100, 79] {
      queue.advance(.seconds(passed))
      let early = try await run(conversation, age: .seconds(400), plans: plans)
      guard case .waitingForCallback(let pause, _) = early.outcome else {
        Issue.record("\(why) was not waited for")
        return
      }
      pauses.append(pause)
      #expect(early.plan == nil)
    }
    #expect(pauses == [.seconds(2), .seconds(25), .seconds(179) / 4])
    queue.advance(.seconds(1))
    let end = try await run(conversation, age: .seconds(580), plans: plans)
    #expect(end.outcome == .completed && reason(end.plan) == why && end.read.isEmpty)
    #expect(queue.rows.isEmpty)
  }

  @Test("a model that is away is waited for, without an attempt, for three days, and at least as long as it asks")
  func away() async throws {
    let (talked, plans) = (OneConversation(.done, said: lines), InMemoryCarePlanRepository(queue: queue))
    let asked = CarePlanError.away(code: "model_busy", after: .seconds(34))
    // A task that is old by then has the same time.
    let first = try await run(talked, .failure(asked), age: .seconds(20 * 86_400), plans: plans)
    #expect(first.outcome == .waiting(for: .seconds(34), because: "model_busy"))
    #expect(first.plan == nil && first.events.isEmpty)
    queue.advance(.seconds(3 * 86_400 - 1))
    let late = try await run(talked, .failure(asked), attempt: 9, plans: plans)
    #expect(late.outcome == .waiting(for: .seconds(900), because: "model_busy") && late.plan == nil)
    queue.advance(.seconds(1))
    let retry = try await run(talked, .failure(asked), plans: plans)
    #expect(retry.outcome == .retry(code: "model_busy", after: .seconds(34)) && retry.plan == nil)
    let end = try await run(talked, .failure(asked), attempt: 3, plans: plans)
    #expect(end.outcome == .failed(code: "model_busy") && reason(end.plan) == "model_busy")
  }

  @Test("a pause of the type uses up no time of an outage or of a conversation")
  func paused() async throws {
    let week = Duration.seconds(7 * 86_400)
    let (talked, plans) = (OneConversation(.done, said: lines), InMemoryCarePlanRepository(queue: queue))
    let asked = CarePlanError.away(code: "model_busy", after: .zero)
    _ = try await run(talked, .failure(asked), plans: plans)
    queue.advance(week)
    let resumed = try await run(talked, .failure(asked), age: week, attempt: 3, resumed: .seconds(60), plans: plans)
    #expect(resumed.outcome == .waiting(for: .seconds(15), because: "model_busy") && resumed.plan == nil)

    let (goesOn, others) = (OneConversation(.inProgress, said: lines), InMemoryCarePlanRepository(queue: queue))
    _ = try await run(goesOn, plans: others)
    queue.advance(week)
    let waiting = try await run(goesOn, age: week, resumed: .seconds(60), plans: others)
    #expect(
      waiting.outcome == .waitingForCallback(orFor: .seconds(15), because: "conversation_not_ready")
        && waiting.plan == nil)
  }

  @Test("a task that has failed in an outage and is tried again has its three days again")
  func again() async throws {
    let (talked, plans) = (OneConversation(.done, said: lines), InMemoryCarePlanRepository(queue: queue))
    let asked = CarePlanError.away(code: "model_busy", after: .zero)
    _ = try await run(talked, .failure(asked), plans: plans)
    queue.advance(.seconds(3 * 86_400))
    let end = try await run(talked, .failure(asked), attempt: 3, plans: plans)
    #expect(end.outcome == .failed(code: "model_busy"))
    queue.advance(.seconds(86_400))
    let again = try await run(talked, .failure(asked), age: .seconds(4 * 86_400), plans: plans)
    #expect(again.outcome == .waiting(for: .seconds(2), because: "model_busy"))
  }

  @Test(
    "a provider of conversations that is away, or that refuses our key, is waited for",
    arguments: [
      (VoiceAgentError.unavailable, "conversation_unavailable"), (.refused, "conversation_refused"),
    ])
  func agent(error: VoiceAgentError, code: String) async throws {
    let plans = InMemoryCarePlanRepository(queue: queue)
    _ = try await run(OneConversation(.failure(error)), plans: plans)
    queue.advance(.seconds(400))
    let run = try await run(OneConversation(.failure(error)), plans: plans)
    #expect(run.outcome == .waiting(for: .seconds(100), because: code) && run.plan == nil)
    queue.advance(.seconds(3 * 86_400))
    let end = try await self.run(OneConversation(.failure(error)), attempt: 3, plans: plans)
    #expect(end.outcome == .failed(code: code) && reason(end.plan) == code)
  }
}
