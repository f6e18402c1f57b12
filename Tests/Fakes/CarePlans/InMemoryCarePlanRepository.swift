import Application
import Domain
import FoundationEssentials
import Synchronization

/// Care plans in memory: a plan is stored once and replaces a failure, its tasks are enqueued with it, and what its
/// owner has deleted is not stored again.
public final class InMemoryCarePlanRepository: CarePlanRepository, CarePlanReader, CarePlanEraser {
  private struct State {
    var plans: [SessionID: CarePlanOutcome] = [:]
    /// The sessions whose plan is to be replaced by another.
    var provisional: Set<SessionID> = []
    var sessions: [SessionID: TalkSettlementStatus] = [:]
    var settledAt: [SessionID: Duration] = [:]
    var reasons: [SessionID: String] = [:]
    /// The beginning of each wait.
    var waits: [SessionID: [CarePlanWait: Duration]] = [:]
    /// The beginning of the first wait that was no outage.
    var waitingSince: [SessionID: Duration] = [:]
    var uselessAnswers: [SessionID: Int] = [:]
    /// Why the last of them was of no use.
    var uselessReasons: [SessionID: String] = [:]
    var losesCounts = false
    var deleted: Set<SessionID> = []
    var events: [CarePlanFinished] = []
    var later: [SessionID: LaterTalk] = [:]
  }

  private let state = Mutex(State())
  private let queue: InMemoryTaskQueue

  public init(queue: InMemoryTaskQueue = InMemoryTaskQueue()) { self.queue = queue }

  /// The events for the other services.
  public var events: [CarePlanFinished] { state.withLock(\.events) }

  /// The reason that is noted for a plan that is not there yet.
  public func reason(of session: SessionID) -> String? { state.withLock { $0.reasons[session] } }

  public func note(_ session: SessionID, of user: UserID, settled: Bool) {
    let now = queue.state.withLock(\.now)
    state.withLock {
      $0.sessions[session] = TalkSettlementStatus(userID: user, settled: settled)
      $0.settledAt[session] = settled ? now : nil
    }
  }

  /// Notes a later talk in the conversation of the session.
  public func note(_ later: LaterTalk, than session: SessionID) { state.withLock { $0.later[session] = later } }

  public func laterTalk(than session: SessionID) async throws -> LaterTalk {
    state.withLock { $0.later[session] ?? .none }
  }

  /// Writes the state of the session's task, as the queue would.
  public func setTask(of session: SessionID, _ task: TaskState, error: String?) {
    let key = "care_plan:\(session)"
    queue.insert(NewTask(type: .carePlan, payload: "{}", userID: nil, uniqueKey: key))
    queue.state.withLock { state in
      for (id, row) in state.rows where row.uniqueKey == key {
        state.rows[id]?.state = task
        state.rows[id]?.error = error
      }
    }
  }

  public func isClosed(_ session: SessionID) async throws -> Bool {
    state.withLock { state in
      if case .ready? = state.plans[session], !state.provisional.contains(session) { return true }
      return state.deleted.contains(session)
    }
  }

  public func store(
    _ plan: CarePlanOutcome, isFinal: Bool, session: SessionID, user: UserID, then tasks: [NewTask]
  ) async throws {
    state.withLock { state in
      guard !queue.isDeleted(user) else { return }
      if isFinal {
        (state.reasons[session], state.waits[session]) = (nil, nil)
        (state.waitingSince[session], state.uselessAnswers[session]) = (nil, nil)
        state.uselessReasons[session] = nil
      }
      guard !state.deleted.contains(session) else { return }
      if case .ready? = state.plans[session] {
        guard isFinal, case .ready = plan, state.provisional.contains(session) else { return }
      } else if state.plans[session] == plan {
        return
      }
      state.plans[session] = plan
      if isFinal { state.provisional.remove(session) } else { state.provisional.insert(session) }
      for task in tasks { queue.insert(task) }
      state.events.append(CarePlanFinished(userID: user, sessionID: session, status: Self.status(plan)))
    }
  }

  public func note(
    _ reason: String, of wait: CarePlanWait, session: SessionID, user: UserID
  ) async throws -> CarePlanTimeWaited {
    let now = queue.state.withLock(\.now)
    return state.withLock { state in
      guard !queue.isDeleted(user) else { return .zero }
      state.reasons[session] = reason
      if wait != .outage { state.waitingSince[session] = state.waitingSince[session] ?? now }
      if wait == .outage { state.waits[session] = state.waits[session]?.filter { $0.key == .outage } }
      let since = state.waits[session]?[wait] ?? now
      if wait != .outage, now - since > .seconds(3_600) { state.waits[session]?[.outage] = nil }
      state.waits[session, default: [:]][wait] = since
      return CarePlanTimeWaited(lasted: now - since, inAll: now - (state.waitingSince[session] ?? now))
    }
  }

  private struct CountLost: Error {}

  /// From now on no useless answer can be counted.
  public func loseCounts() { state.withLock { $0.losesCounts = true } }

  public func noteUselessAnswer(_ reason: String, session: SessionID, user: UserID) async throws -> Int {
    if state.withLock(\.losesCounts) { throw CountLost() }
    return state.withLock { state in
      guard !queue.isDeleted(user) else { return 0 }
      (state.reasons[session], state.uselessReasons[session]) = (reason, reason)
      state.uselessAnswers[session, default: 0] += 1
      return state.uselessAnswers[session] ?? 0
    }
  }

  public func lastReason(_ session: SessionID, afterUseless answers: Int) async throws -> String? {
    state.withLock { state in
      guard let useless = state.uselessAnswers[session], useless >= answers else { return nil }
      return state.uselessReasons[session]
    }
  }

  public func erase(_ session: SessionID, of user: UserID) async throws {
    state.withLock { state in
      state.deleted.insert(session)
      state.plans[session] = nil
    }
  }

  public func carePlan(of session: SessionID) async throws -> CarePlanOutcome? {
    state.withLock { $0.deleted.contains(session) ? .deleted : $0.plans[session] }
  }

  public func work(on session: SessionID) async throws -> CarePlanWork? {
    let (now, row) = (queue.state.withLock(\.now), queue.rows.first { $0.uniqueKey == "care_plan:\(session)" })
    return state.withLock { state in
      guard let settled = state.settledAt[session] else { return nil }
      return CarePlanWork(
        task: row?.state, reason: row?.state == .failed ? row?.error : state.reasons[session] ?? row?.error,
        since: Date(timeIntervalSince1970: Double(settled.components.seconds)),
        isLongAgo: now - settled > .seconds(86_400))
    }
  }

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
