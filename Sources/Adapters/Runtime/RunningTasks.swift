import Application
import Domain
import Synchronization

/// The tasks that a worker has in hand: those that run, and those whose end is not written yet. Each claim of a task
/// stands by itself, because a handler that was cancelled may go on for a while beside the next attempt.
final class RunningTasks: Sendable {
  /// Why a handler was cancelled.
  enum CancelReason: Sendable { case shutdown, timeout, operatorWish, leaseOver }

  /// An end that waits to be written.
  struct Ended: Sendable {
    let end: TaskEnd
    /// Nil if the handler gave none in time.
    let outcome: TaskOutcome?
  }

  /// How many tasks a claim may take.
  struct Room: Equatable, Sendable {
    let all: Int
    /// How many of them need not be urgent.
    let others: Int
  }

  private struct Handler: Sendable {
    let task: ClaimedTask
    let begun: ContinuousClock.Instant
    var work: Task<Void, Never>?
    var cancelled: (reason: CancelReason, at: ContinuousClock.Instant)?
  }

  private struct State {
    var free: Int
    /// How many further tasks that are not urgent may have a place.
    var freeForOthers: Int
    /// What has a place, and whether it is urgent.
    var hand: [TaskClaim: Bool] = [:]
    var handlers: [TaskClaim: Handler] = [:]
    var ended: [Ended] = []
  }

  private let state: Mutex<State>

  /// - Parameter kept: how many of the places only urgent tasks may have.
  init(places: Int, keptForUrgent kept: Int) { state = Mutex(State(free: places, freeForOthers: places - kept)) }

  var room: Room { state.withLock { Room(all: max($0.free, 0), others: max(min($0.free, $0.freeForOthers), 0)) } }

  var hasHandlers: Bool { state.withLock { !$0.handlers.isEmpty } }

  /// Every claim whose handler runs or whose end is not written.
  var inHand: [TaskClaim] { state.withLock { Array($0.hand.keys) } }

  /// Gives each task a place, before any of them runs. A claim that comes a second time keeps its one place: Postgres may
  /// have lost its record in a failover.
  func begin(_ tasks: [ClaimedTask]) {
    let now = ContinuousClock.now
    state.withLock { state in
      for task in tasks {
        if state.hand[task.claim] == nil {
          state.hand[task.claim] = task.isUrgent
          state.free -= 1
          if !task.isUrgent { state.freeForOthers -= 1 }
        }
        state.handlers[task.claim] = Handler(task: task, begun: now)
      }
    }
  }

  /// Runs the handler of a task that has begun, unless it was dropped meanwhile.
  func run(_ task: ClaimedTask, _ work: @escaping @Sendable () async -> Void) {
    let isDropped = state.withLock { $0.handlers[task.claim] == nil }
    if isDropped { return }
    let handle = Task(priority: .medium, operation: work)
    // It may have been cancelled or dropped already. If it has ended, a cancellation changes nothing.
    let isCancelled = state.withLock { state in
      guard let handler = state.handlers[task.claim] else { return true }
      state.handlers[task.claim]?.work = handle
      return handler.cancelled != nil
    }
    if isCancelled { handle.cancel() }
  }

  /// The first end of a claim counts; a handler that was given up may still come to its own.
  /// - Returns: how many ends wait to be written.
  @discardableResult
  func end(_ task: ClaimedTask, _ ended: (CancelReason?) -> Ended) -> Int {
    state.withLock { state in
      if let handler = state.handlers.removeValue(forKey: task.claim) {
        state.ended.append(ended(handler.cancelled?.reason))
      }
      return state.ended.count
    }
  }

  /// Whether ends would be written alone though others may soon follow.
  func hasMoreToCome(than batch: Int) -> Bool {
    state.withLock { !$0.handlers.isEmpty && $0.ended.count < batch }
  }

  /// Ends to be written; they stay in hand meanwhile.
  /// - Returns: nil if fewer than `least` wait.
  func nextEnds(_ limit: Int, atLeast least: Int = 1) -> [Ended]? {
    state.withLock { state in
      guard !state.ended.isEmpty, state.ended.count >= least else { return nil }
      let next = Array(state.ended.prefix(limit))
      state.ended.removeFirst(next.count)
      return next
    }
  }

  /// The ends were not written, and will be tried again.
  func giveBack(_ ended: [Ended]) { state.withLock { $0.ended.insert(contentsOf: ended, at: 0) } }

  /// The ends are written.
  func free(_ ended: [Ended]) {
    state.withLock { state in for one in ended { Self.free(one.end.task.claim, &state) } }
  }

  func tasks(olderThan age: Duration) -> [ClaimedTask] {
    let now = ContinuousClock.now
    return state.withLock { $0.handlers.values.filter { now - $0.begun >= age }.map(\.task) }
  }

  func cancel(olderThan age: Duration, _ reason: CancelReason) {
    let now = ContinuousClock.now
    cancel(reason) { _, handler in now - handler.begun >= age }
  }

  func cancel(_ claims: Set<TaskClaim>, _ reason: CancelReason) {
    cancel(reason) { claim, _ in claims.contains(claim) }
  }

  /// The first reason counts.
  private func cancel(_ reason: CancelReason, where isMeant: (TaskClaim, Handler) -> Bool) {
    let works = state.withLock { state in
      state.handlers.filter { $0.value.cancelled == nil && isMeant($0.key, $0.value) }.compactMap { claim, handler in
        state.handlers[claim]?.cancelled = (reason, .now)
        return handler.work
      }
    }
    for work in works { work.cancel() }
  }

  /// The tasks whose handlers were cancelled so long ago and have not ended.
  func deaf(for time: Duration) -> [ClaimedTask] {
    let now = ContinuousClock.now
    return state.withLock { state in
      state.handlers.values.filter { $0.cancelled.map { now - $0.at >= time } == true }.map(\.task)
    }
  }

  /// Cancels tasks that are no longer this worker's. Nothing is written for them.
  func drop(_ claims: Set<TaskClaim>) {
    let works = state.withLock { state in
      claims.compactMap { claim -> Task<Void, Never>? in
        guard let handler = state.handlers.removeValue(forKey: claim) else { return nil }
        Self.free(claim, &state)
        return handler.work
      }
    }
    for work in works { work.cancel() }
  }

  private static func free(_ claim: TaskClaim, _ state: inout State) {
    guard let isUrgent = state.hand.removeValue(forKey: claim) else { return }
    state.free += 1
    if !isUrgent { state.freeForOthers += 1 }
  }
}
