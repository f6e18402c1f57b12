import Domain
import FoundationEssentials

/// Turns a conversation's transcript into a stored plan, or into the reason why there is none. The task always ends: it
/// gives up on a conversation that was not opened while its URL was valid, on one that is not over after a day, and on
/// a provider that is away for three days. Each of these times counts from the first such answer, or from the end of
/// a later pause of the type, and an outage in between uses none of them up. So that outages cannot begin them anew for
/// ever, it gives up on a conversation that still goes on ten days after it was first found not ready.
public struct MakeCarePlan: TaskHandler {
  public let type = TaskType.carePlan
  private let conversations: any ConversationReader
  private let writer: any CarePlanWriter
  private let plans: any CarePlanRepository
  private let parts: any CarePlanPartRepository
  private let now: @Sendable () -> Date

  /// For a conversation that has not begun. Its URL was given out before this task was created.
  static let unopened = TaskRecheckSchedule(
    first: .seconds(2), longest: .seconds(300), patience: DurationCheckSchedule.openable)
  /// For a conversation that goes on, or that the provider still processes.
  static let unfinished = TaskRecheckSchedule(first: .seconds(2), longest: .seconds(900), patience: .seconds(86_400))
  /// For a conversation that the provider does not know, and for one without words: it may show both late.
  static let incomplete = TaskRecheckSchedule(first: .seconds(2), longest: .seconds(60), patience: .seconds(180))
  /// For a provider that is away, or that refuses our key or our requests. Such a wait is no attempt. It
  /// counts from the first such answer, and begins anew with a retry of a task that has failed.
  static let outage = TaskRecheckSchedule(first: .seconds(2), longest: .seconds(900), patience: .seconds(3 * 86_400))
  /// How long a conversation that goes on is waited for in all, from the first answer by which it was not ready,
  /// whatever outages come in between: a week of them, and the patience for another one. The other waits need no such
  /// end. They are over within the hour that lets an outage be over, so that one outage after the other is one of three
  /// days for them.
  static let longestWait = Duration.seconds(7 * 86_400) + outage.patience
  private static let notReady = "conversation_not_ready"
  /// After how many useless answers the model is not asked again. Each is paid for, and nothing else counts as one: not
  /// a worker that died, nor a store that was away.
  static let mostAnswers = 3
  /// The most attempts after the patience for a provider that is away.
  static let mostLateAttempts = 3

  public init(
    conversations: any ConversationReader, writer: any CarePlanWriter, plans: any CarePlanRepository,
    parts: any CarePlanPartRepository = UnkeptCarePlanParts(), now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.conversations = conversations
    self.writer = writer
    self.plans = plans
    self.parts = parts
    self.now = now
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = CarePlanPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    do {
      // A worker that died after it had stored the plan, or an operator's retry: nothing is written twice.
      if try await plans.isClosed(payload.sessionID) { return .completed }
      let transcript: Transcript
      switch try await material(task, payload, user) {
      case .later(let pause): return .waitingForCallback(orFor: pause, because: Self.notReady)
      case .skip(let reason): return try await keep(.skipped(reason: reason), payload, user)
      case .some(let found): transcript = found
      }
      // The task was made at the end of the talk.
      let end = now() - Double(task.sinceCreation.components.seconds)
      let request = CarePlanRequest(transcript: transcript, talkedOn: CalendarDate(inIndiaAt: end))
      let isCrisis = CrisisPhrases.areIn(transcript)
      // The last answer was counted, and then the worker died, or the store was away.
      if let code = try await plans.lastReason(payload.sessionID, afterUseless: Self.mostAnswers) {
        guard isCrisis, let fixed = CarePlan.inCrisis else { return await fail(code, payload, user) }
        return try await keep(.ready(planJSON: try Self.json(fixed)), payload, user)
      }
      let plan: CarePlan
      do throws(CarePlanError) {
        let parts = parts.parts(of: task, session: payload.sessionID, user: user)
        plan = try await writer.plan(from: request, parts: parts).withCrisisHelp(isCrisis)
      } catch {
        // An answer that cannot be counted is not the last one. Somebody in danger does not wait for the count.
        let isLast = (try? await isLast(error, payload, user)) ?? false
        if isCrisis, let fixed = CarePlan.inCrisis {
          let stored = try await keep(.ready(planJSON: try Self.json(fixed)), isFinal: isLast, payload, user)
          if isLast { return stored }
        }
        return await outcome(of: error, isLast: isLast, task, payload, user)
      }
      return try await keep(.ready(planJSON: try Self.json(plan)), payload, user)
    } catch let error as VoiceAgentError {
      let code = error == .refused ? "conversation_refused" : "conversation_unavailable"
      return await away(code, .zero, task, payload, user)
    } catch {
      return .retry(code: "care_plan_unavailable", after: .zero)
    }
  }

  private enum Material {
    case some(Transcript)
    case skip(reason: String)
    /// The conversation has not begun, goes on, or is still being processed by the provider.
    case later(Duration)
  }

  private func material(_ task: ClaimedTask, _ payload: CarePlanPayload, _ user: UserID) async throws -> Material {
    guard payload.charged > .zero, let id = payload.conversationID else { return .skip(reason: "no_conversation") }
    func later(
      _ wait: CarePlanWait, by schedule: TaskRecheckSchedule, noLongerThan longest: Duration? = nil,
      orSkip reason: String
    ) async throws -> Material {
      let noted = try await plans.note(Self.notReady, of: wait, session: payload.sessionID, user: user)
      if let longest, task.waited(noted.inAll) >= longest { return .skip(reason: reason) }
      return schedule.pause(after: task.waited(noted.lasted)).map { .later($0) } ?? .skip(reason: reason)
    }
    guard let conversation = try await conversations.conversation(id) else {
      return try await later(.incomplete, by: Self.incomplete, orSkip: "no_conversation")
    }
    switch conversation.state {
    case .initiated: return try await later(.unopened, by: Self.unopened, orSkip: "no_conversation")
    case .inProgress, .processing:
      return try await later(
        .unfinished, by: Self.unfinished, noLongerThan: Self.longestWait, orSkip: "conversation_unfinished")
    case .done, .failed: break
    }
    // One conversation has one plan. What is not settled yet is charged or not within seconds.
    switch try await plans.laterTalk(than: payload.sessionID) {
    case .charged: return .skip(reason: "continued")
    case .unsettled:
      return try await later(
        .unfinished, by: Self.unfinished, noLongerThan: Self.longestWait, orSkip: "conversation_unfinished")
    case .none: break
    }
    // A conversation can fail at the provider after minutes of talk. What was said counts.
    if conversation.transcript.isConversation { return .some(conversation.transcript) }
    let reason = conversation.state == .failed ? "conversation_failed" : "nothing_said"
    return try await later(.incomplete, by: Self.incomplete, orSkip: reason)
  }

  /// Whether the model is not asked again after the error. Counts a useless answer. Somebody in danger has a fixed
  /// answer at once, and keeps it if the model writes nothing. Until then the model's plan, below the same answer,
  /// replaces it.
  private func isLast(_ error: CarePlanError, _ payload: CarePlanPayload, _ user: UserID) async throws -> Bool {
    switch error {
    case .away: false
    case .unusable(let code):
      try await plans.noteUselessAnswer(code, session: payload.sessionID, user: user) >= Self.mostAnswers
    case .refused: true
    }
  }

  private static func json(_ plan: CarePlan) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(plan), as: UTF8.self)
  }

  private func keep(
    _ plan: CarePlanOutcome, isFinal: Bool = true, _ payload: CarePlanPayload, _ user: UserID
  ) async throws -> TaskOutcome {
    var then: [NewTask] = []
    if case .ready = plan {
      then = [
        NewTask(
          type: .carePlanMail, payload: CarePlanMailPayload(sessionID: payload.sessionID).json, userID: user,
          uniqueKey: "care_plan_mail:\(payload.sessionID)")
      ]
    }
    try await plans.store(plan, isFinal: isFinal, session: payload.sessionID, user: user, then: then)
    return .completed
  }

  private func outcome(
    of error: CarePlanError, isLast: Bool, _ task: ClaimedTask, _ payload: CarePlanPayload, _ user: UserID
  ) async -> TaskOutcome {
    switch error {
    case .away(let code, let after): await away(code, after, task, payload, user)
    case .unusable(let code), .refused(let code):
      isLast ? await fail(code, payload, user) : .retry(code: code, after: .zero)
    }
  }

  /// Waits for a provider. After the patience a few attempts follow, and then the end.
  private func away(
    _ code: String, _ after: Duration, _ task: ClaimedTask, _ payload: CarePlanPayload, _ user: UserID
  ) async -> TaskOutcome {
    // A store that is away counts as no time.
    let noted = try? await plans.note(code, of: .outage, session: payload.sessionID, user: user)
    if let pause = Self.outage.pause(after: task.waited(noted?.lasted ?? .zero)) {
      return .waiting(for: max(pause, after), because: code)
    }
    guard task.attempt < Self.mostLateAttempts else {
      // Without the outage the useless answers would have been the end.
      let last = try? await plans.lastReason(payload.sessionID, afterUseless: Self.mostAnswers)
      return await fail(last ?? code, payload, user)
    }
    return .retry(code: code, after: after)
  }

  /// The failure is stored before the task ends, so that nobody waits for a plan that nobody writes.
  private func fail(_ code: String, _ payload: CarePlanPayload, _ user: UserID) async -> TaskOutcome {
    do {
      _ = try await keep(.failed(reason: code), payload, user)
      return .failed(code: code)
    } catch {
      return .retry(code: "care_plan_unavailable", after: .zero)
    }
  }
}
