import Application
import Domain
import FoundationEssentials
import Synchronization

/// The queue in memory, with the same rules as the table: leases, fences, unique keys and an inbox.
public final class InMemoryTaskQueue: TaskQueue, EventTaskInbox, PeriodicTaskInbox, TaskStepStore,
  DeletedAccountReader
{
  let state = Mutex(State())

  public init() {}

  /// The account is deleted from now on.
  public func delete(_ user: UserID) { state.withLock { _ = $0.deletedUsers.insert(user) } }

  /// From now on the handlers read these versions.
  public func read(_ versions: [TaskType: ClosedRange<Int>]) { state.withLock { $0.versions = versions } }

  public func isDeleted(_ user: UserID) -> Bool { state.withLock { $0.deletedUsers.contains(user) } }

  /// Advances the queue's clock.
  public func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

  public var rows: [Row] { state.withLock { Array($0.rows.values) } }

  public func insert(_ task: NewTask) { state.withLock { $0.insert(task) } }

  /// A row that a newer build wrote.
  public func insert(unknownType: String, userID: UserID?) {
    let task = NewTask(type: .carePlan, payload: "{}", userID: userID, uniqueKey: nil)
    state.withLock { $0.insert(task, unknownType: unknownType) }
  }

  public func claim(
    limit: Int, onlyUrgent: Bool, worker: String, lease: Duration
  ) async throws -> [ClaimedTask] {
    state.withLock { state in
      state.leases[worker] = state.now + lease
      if !onlyUrgent { state.claims = (state.claims + 1) % TaskPriority.claimsUntilOneByAge }
      let byAge = !onlyUrgent && state.claims == 0
      state.allClaims += 1
      state.release()
      let least = onlyUrgent ? TaskPriority.urgent : .min
      let due = state.rows
        .filter { $0.value.isDue(state.now) && $0.value.unknownType == nil && $0.value.priority >= least }
        .sorted { Self.place($0.value, byAge) < Self.place($1.value, byAge) }
      var claimed: [ClaimedTask] = []
      for (id, row) in due where claimed.count < limit && state.allowed(row.task.type) > 0 {
        state.noteBegin(row.task.type)
        var held = row
        held.woken = false
        held.worker = worker
        held.startedAt = row.startedAt ?? state.now
        held.state = .running
        held.attempts += 1
        held.claims += 1
        held.claimedAt = state.now
        held.claimedIn = state.allClaims
        state.rows[id] = held
        let task = ClaimedTask(
          id: TaskID(id), type: row.task.type, payload: row.task.payload, version: row.task.version,
          userID: row.task.userID, attempt: held.attempts, claim: held.claims, wasStarted: row.startedAt != nil,
          age: state.now - (row.retriedAt ?? row.createdAt), failingFor: state.now - (row.failingSince ?? state.now),
          sinceCreation: state.now - row.createdAt, priority: row.priority)
        let resumed = state.types[row.task.type]?.resumedAt
        claimed.append(resumed.map { task.waiting(noLongerThan: state.now - $0) } ?? task)
      }
      return claimed
    }
  }

  public func survey() async throws {
    state.withLock { state in
      for (id, row) in state.rows where row.isDue(state.now) && row.unknownType != nil {
        state.park(id)
      }
    }
  }

  public func extend(worker: String, lease: Duration) async throws {
    state.withLock { $0.leases[worker] = $0.now + lease }
  }

  public func held(_ tasks: [ClaimedTask], worker: String) async throws -> HeldTasks {
    let held = Set(tasks.filter { change($0, worker) { _, _ in } }.map(\.claim))
    let rows = state.withLock(\.rows)
    return HeldTasks(claims: held, toCancel: held.filter { rows[$0.task.uuid]?.cancelAsked == true })
  }

  public func finish(_ ends: [TaskEnd], worker: String) async throws -> Set<TaskClaim> {
    Set(ends.filter { finish($0.task, worker, $0.end) }.map(\.task.claim))
  }

  private func finish(_ task: ClaimedTask, _ worker: String, _ end: TaskDisposition) -> Bool {
    change(task, worker) { row, now in
      if let code = end.failure { row.note(code, at: now, took: now - (row.claimedAt ?? now)) }
      row.awaitsCallback = false
      if end == .completed || end == .cancelled || row.cancelAsked { row.steps = [:] }
      switch end {
      case .completed: (row.state, row.error, row.completedAt) = (.completed, nil, now)
      case .failed(let code):
        (row.state, row.error, row.completedAt) = (row.cancelAsked ? .cancelled : .failed, code, now)
      case .cancelled: (row.state, row.error, row.completedAt) = (.cancelled, nil, now)
      case .again(_, let code, _) where row.cancelAsked:
        (row.state, row.error, row.completedAt) = (.cancelled, code, now)
      case .afterCallback(_, let code) where row.cancelAsked:
        (row.state, row.error, row.completedAt) = (.cancelled, code, now)
      case .afterCallback(let after, let code):
        let cameMeanwhile = row.calledBackAt.map { $0 >= row.claimedAt ?? .zero } ?? false
        (row.state, row.error, row.worker, row.failingSince) = (.pending, code, nil, nil)
        (row.runAt, row.awaitsCallback) = (row.woken || cameMeanwhile ? now : now + after, true)
        row.attempts -= 1
      case .parked(let code) where row.cancelAsked:
        (row.state, row.error, row.completedAt) = (.cancelled, code, now)
      case .again(let after, let code, let counts):
        (row.state, row.error, row.runAt, row.worker) = (.pending, code, row.woken ? now : now + after, nil)
        row.woken = false
        row.failingSince = counts ? row.failingSince ?? now : nil
        if !counts { row.attempts -= 1 }
      case .parked(let code):
        (row.state, row.error, row.worker, row.failingSince) = (.parked, code, nil, nil)
        row.attempts -= 1
      }
    }
  }

  public func rescue(maximumLosses: Int) async throws -> Int {
    state.withLock { state in
      let now = state.now
      state.leases = state.leases.filter { $0.value >= now }
      let lost = state.rows.filter { row in
        row.value.state == .running && row.value.worker.map { state.leases[$0] == nil } == true
      }
      for (id, row) in lost {
        var back = row
        let isLast = row.losses + 1 >= maximumLosses
        (back.state, back.completedAt) = isLast ? (.failed, now) : (.pending, nil)
        if row.cancelAsked { (back.state, back.completedAt) = (.cancelled, now) }
        back.note("worker_lost", at: now, took: nil)
        back.losses += 1
        let pause = TaskLossPause.pause(after: back.losses, fraction: Double.random(in: 0..<1))
        (back.error, back.worker, back.runAt) = ("worker_lost", nil, now + pause)
        state.rows[id] = back
      }
      for (id, row) in state.rows where row.state == .parked && state.knows(row) {
        var known = row
        (known.state, known.error, known.failingSince, known.runAt) = (.pending, nil, nil, now)
        state.rows[id] = known
      }
      return lost.count
    }
  }

  public func lostTasks(exceptInHand hand: [TaskClaim], worker: String) async throws -> LostTasks {
    LostTasks(worker: worker, hand: hand, until: Int64(state.withLock(\.allClaims)))
  }

  public func putBack(_ lost: LostTasks) async throws -> Int {
    state.withLock { state in
      let hand = Set(lost.hand)
      let found = state.rows.filter { id, row in
        row.state == .running && row.worker == lost.worker && Int64(row.claimedIn) <= lost.until
          && !hand.contains(TaskClaim(task: TaskID(id), number: row.claims))
      }
      for (id, row) in found {
        var back = row
        (back.state, back.worker, back.attempts, back.runAt) = (.pending, nil, max(row.attempts - 1, 0), state.now)
        if row.cancelAsked { (back.state, back.completedAt) = (.cancelled, state.now) }
        state.rows[id] = back
      }
      return found.count
    }
  }

  public func leave(worker: String) async throws { state.withLock { _ = $0.leases.removeValue(forKey: worker) } }

  /// The workers that have a lease.
  public var workers: Set<String> { state.withLock { Set($0.leases.keys) } }

  /// As the release before parks what it does not know.
  public func park(_ id: TaskID) {
    state.withLock { $0.park(id.uuid) }
  }

  private static func place(_ row: Row, _ byAge: Bool) -> (Int, Duration) {
    (byAge ? 0 : -row.priority, row.runAt)
  }

  private func change(_ task: ClaimedTask, _ worker: String, _ edit: (inout Row, Duration) -> Void) -> Bool {
    state.withLock { state in
      guard var row = state.rows[task.id.uuid], row.state == .running, row.worker == worker,
        row.claims == task.claim.number
      else { return false }
      edit(&row, state.now)
      state.rows[task.id.uuid] = row
      return true
    }
  }
}

extension TaskDisposition {
  /// The code of an attempt that has failed; nil for one that has not, and for one that does not count.
  fileprivate var failure: String? {
    switch self {
    case .completed, .cancelled, .parked, .afterCallback, .again(_, _, counts: false): nil
    case .failed(let code): code
    case .again(_, let code, counts: true): code
    }
  }
}
