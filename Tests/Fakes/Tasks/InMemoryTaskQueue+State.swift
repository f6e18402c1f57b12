import Application
import Domain
import FoundationEssentials

/// What the queue in memory has: its rows, and what a claim asks of them.
extension InMemoryTaskQueue {
  public struct Row: Sendable {
    public var task: NewTask
    /// As the row has it, with the window.
    public var uniqueKey: String?
    /// A type that no build knows, as a newer producer may write it.
    public var unknownType: String?
    public var state: TaskState
    public var attempts: Int
    public var claims = 0
    public var cancelAsked = false
    /// An event has come since the claim.
    public var woken = false
    /// Another unfinished task with the same ordering key comes first.
    var isBehind = false
    /// The place in the order of creation.
    var number = 0
    public var losses = 0
    public var retriedAt: Duration?
    public var failingSince: Duration?
    public var worker: String?
    public var createdAt: Duration
    public var runAt: Duration
    public var startedAt: Duration?
    public var completedAt: Duration?
    public var error: String?
    public var failures: [TaskFailure] = []
    var claimedAt: Duration?
    /// The number of the claim that took it.
    var claimedIn = 0
    var calledBackAt: Duration?
    var awaitsCallback = false
    public var steps: [String: String] = [:]
    /// Another priority than the task was written with.
    var changedPriority: Int?

    public var priority: Int {
      get { changedPriority ?? task.priority }
      set { changedPriority = newValue }
    }

    public var type: String { unknownType ?? task.type.rawValue }

    mutating func note(_ code: String, at now: Duration, took duration: Duration?) {
      failures = failures.adding(
        TaskFailure(
          attempt: attempts, code: code, failedAt: InMemoryTaskAdministration.date(now), duration: duration,
          worker: worker))
    }

    /// As an operator's retry begins.
    mutating func beginAnew(at now: Duration) {
      (state, attempts, error, completedAt, runAt) = (.pending, 0, nil, nil, now)
      (cancelAsked, losses, retriedAt, failingSince) = (false, 0, now, nil)
    }

    func isDue(_ now: Duration) -> Bool { state == .pending && !isBehind && runAt <= now }

    var isOpen: Bool { [.pending, .running, .parked].contains(state) }
  }

  /// What an operator has decided about a type, and what has begun of it.
  struct SteeredType: Sendable {
    var pause: TaskTypeReport.Pause?
    var resumedAt: Duration?
    var limits = TaskTypeLimits.unlimited
    var rateUntil = Duration.zero
  }

  struct State {
    var now = Duration.zero
    var rows: [UUID: Row] = [:]
    /// The leases of the workers.
    var leases: [String: Duration] = [:]
    var seen: Set<EventID> = []
    var deletedUsers: Set<UserID> = []
    /// The versions of payloads that are read; of any other type only the first one.
    var versions: [TaskType: ClosedRange<Int>] = [:]
    /// Counts up to the claim that goes by age.
    var claims = 0
    var allClaims = 0
    var inserted = 0
    var types: [TaskType: SteeredType] = [:]

    /// Whether an unfinished task other than this one has the key.
    func isTaken(_ orderingKey: String?, except id: UUID? = nil) -> Bool {
      orderingKey != nil
        && rows.contains { $0.key != id && $0.value.isOpen && $0.value.task.orderingKey == orderingKey }
    }

    /// Where the first task of a key has ended, the next one is due.
    mutating func release() {
      let behind = rows.filter { $0.value.isOpen && $0.value.isBehind }
      for (key, tasks) in Dictionary(grouping: behind, by: { $0.value.task.orderingKey }) {
        let isTaken = rows.values.contains { $0.isOpen && !$0.isBehind && $0.task.orderingKey == key }
        guard !isTaken, let next = tasks.min(by: { $0.value.number < $1.value.number }) else { continue }
        rows[next.key]?.isBehind = false
        rows[next.key]?.runAt = now
        rows[next.key]?.retriedAt = now
      }
    }

    /// How many tasks of the type may begin now.
    func allowed(_ type: TaskType) -> Int {
      guard let steered = types[type] else { return .max }
      guard steered.pause == nil else { return 0 }
      let running = rows.values.filter { row in
        row.state == .running && row.type == type.rawValue && row.worker.map { (leases[$0] ?? .zero) >= now } == true
      }
      return steered.limits.allowed(running: running.count, ahead: (steered.rateUntil - now).microseconds)
    }

    mutating func noteBegin(_ type: TaskType) {
      guard let steered = types[type], let rate = steered.limits.rate else { return }
      let ahead = rate.ahead(after: 1, from: (steered.rateUntil - now).microseconds)
      types[type]?.rateUntil = now + .microseconds(ahead)
    }

    /// Whether a row that is parked may run here.
    func knows(_ row: Row) -> Bool {
      guard row.unknownType == nil else { return false }
      let first = NewTask.firstVersion
      return row.error == TaskParking.unknownType
        || row.error == TaskParking.unknownVersion
          && (versions[row.task.type] ?? first...first).contains(row.task.version)
    }

    mutating func park(_ id: UUID) {
      rows[id]?.state = .parked
      rows[id]?.error = TaskParking.unknownType
    }

    /// An existing task with the same unique key makes this do nothing, unless it is over and its type begins anew.
    mutating func insert(_ task: NewTask, unknownType: String? = nil) {
      if let user = task.userID, deletedUsers.contains(user), !task.type.isErasure { return }
      let key = task.uniqueKey.map { key in
        task.uniqueWithin?.key(key, at: InMemoryTaskAdministration.begin + now.components.seconds) ?? key
      }
      if let key, let existing = rows.first(where: { $0.value.uniqueKey == key }) {
        if task.type.beginsAnew, !existing.value.isOpen { rows[existing.key]?.beginAnew(at: now) }
        return
      }
      var row = Row(
        task: task, uniqueKey: key, unknownType: unknownType, state: .pending, attempts: 0, createdAt: now, runAt: now)
      inserted += 1
      row.number = inserted
      row.isBehind = isTaken(task.orderingKey)
      rows[UUID()] = row
    }
  }
}

extension Duration {
  fileprivate var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}
