import Domain

/// How long a plan has waited, by the store's clock.
public struct CarePlanTimeWaited: Sendable, Equatable {
  /// Since the wait's first note.
  public let lasted: Duration
  /// Since the first note of any wait but an outage, whatever outages have come since; zero if there was none.
  public let inAll: Duration

  public init(lasted: Duration, inAll: Duration) {
    self.lasted = lasted
    self.inAll = inAll
  }

  public static let zero = CarePlanTimeWaited(lasted: .zero, inAll: .zero)
}

/// What is known of the later talks in the conversation of a talk.
public enum LaterTalk: Sendable, Equatable {
  case none
  /// One is not settled yet.
  case unsettled
  /// Time was charged for one.
  case charged
}

/// What the writing of a plan reads and stores.
public protocol CarePlanRepository: Sendable {
  /// Whether nothing is left to write: there is a final plan, or its owner has deleted it.
  func isClosed(_ session: SessionID) async throws -> Bool
  /// Whether the session's conversation was continued by another talk.
  func laterTalk(than session: SessionID) async throws -> LaterTalk
  /// Stores the result of a session, and in the same transaction the event `care_plan.ready` and the tasks that follow.
  /// A plan is stored once, and replaces an earlier failure and a plan that was not final. Does nothing if the same is
  /// stored, if the owner has deleted the plan, and for an account that was deleted meanwhile.
  /// - Parameter isFinal: false for a plan that stands in for the one that is still to be written
  func store(
    _ plan: CarePlanOutcome, isFinal: Bool, session: SessionID, user: UserID, then tasks: [NewTask]
  ) async throws
  /// Notes why the plan is not there yet. A final result ends the waits, and an outage ends all others. Another wait
  /// ends an outage after an hour. Of a deleted account nothing is noted.
  @discardableResult
  func note(_ reason: String, of wait: CarePlanWait, session: SessionID, user: UserID) async throws
    -> CarePlanTimeWaited
  /// Notes that an answer of the model was of no use, and why.
  /// - Returns: how many answers were of no use since the last final result; zero for a deleted account.
  func noteUselessAnswer(_ reason: String, session: SessionID, user: UserID) async throws -> Int
  /// Why the last of the model's useless answers was one, if there were so many or more since the last final result;
  /// nil if there were fewer. What was noted after it is no such reason.
  func lastReason(_ session: SessionID, afterUseless answers: Int) async throws -> String?
}

extension CarePlanRepository {
  /// Stores a final result.
  public func store(_ plan: CarePlanOutcome, session: SessionID, user: UserID, then tasks: [NewTask]) async throws {
    try await store(plan, isFinal: true, session: session, user: user, then: tasks)
  }
}
