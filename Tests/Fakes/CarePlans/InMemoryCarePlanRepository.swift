import Application
import Domain
import Synchronization

/// Care plans in memory: the first result of a session is kept, and its tasks are enqueued with it.
public final class InMemoryCarePlanRepository: CarePlanRepository, CarePlanReader {
  private struct State {
    var plans: [SessionID: CarePlanOutcome] = [:]
    var sessions: [SessionID: TalkSettlementStatus] = [:]
    var events: [CarePlanFinished] = []
  }

  private let state = Mutex(State())
  private let queue: InMemoryTaskQueue

  public init(queue: InMemoryTaskQueue = InMemoryTaskQueue()) { self.queue = queue }

  /// The events for the other services.
  public var events: [CarePlanFinished] { state.withLock(\.events) }

  public func note(_ session: SessionID, of user: UserID, settled: Bool) {
    state.withLock { $0.sessions[session] = TalkSettlementStatus(userID: user, settled: settled) }
  }

  public func store(_ plan: CarePlanOutcome, session: SessionID, user: UserID, then tasks: [NewTask]) async throws {
    state.withLock { state in
      guard state.plans[session] == nil, !queue.isDeleted(user) else { return }
      state.plans[session] = plan
      for task in tasks { queue.insert(task) }
      state.events.append(CarePlanFinished(userID: user, sessionID: session, status: Self.status(plan)))
    }
  }

  public func carePlan(of session: SessionID) async throws -> CarePlanOutcome? { state.withLock { $0.plans[session] } }

  public func summary(of session: SessionID) async throws -> TalkSettlementStatus? {
    state.withLock { $0.sessions[session] }
  }

  private static func status(_ plan: CarePlanOutcome) -> String {
    switch plan {
    case .ready: "ready"
    case .skipped: "skipped"
    case .failed: "failed"
    }
  }
}
