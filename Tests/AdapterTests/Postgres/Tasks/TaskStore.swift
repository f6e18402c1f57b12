import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

/// The implementations of the ports: the fake, or the adapter with a database of its own.
enum TaskStoreKind: CaseIterable { case memory, postgres }

/// The ports of the queue over one set of rows, with a clock that the test controls.
struct TaskStore: Sendable {
  let queue: any TaskQueue
  let intake: any EventTaskInbox
  let periodic: any PeriodicTaskInbox
  let steps: any TaskStepStore
  let reader: any TaskReader
  let administration: any TaskAdministration
  let actions: any TaskActionRepository
  let types: any TaskTypeAdministration
  /// The queue of a worker that reads these versions of a plan's payload.
  let queueReading: @Sendable (_ versions: ClosedRange<Int>) -> any TaskQueue
  let advance: @Sendable (Duration) async throws -> Void
  /// Writes a deleted account.
  let deletedUser: @Sendable () async throws -> UserID
  /// Writes a row as a newer build would.
  let insertUnknown: @Sendable (_ type: String) async throws -> Void
  /// Parks a task as the release before does if it does not know the type.
  let park: @Sendable (TaskID) async throws -> Void

  static func with(_ kind: TaskStoreKind, _ body: @Sendable (TaskStore) async throws -> Void) async throws {
    switch kind {
    case .memory:
      let queue = InMemoryTaskQueue()
      try await body(
        TaskStore(
          queue: queue, intake: queue, periodic: queue, steps: queue, reader: InMemoryTaskAdministration(queue: queue),
          administration: InMemoryTaskAdministration(queue: queue), actions: InMemoryTaskActions(queue: queue),
          types: InMemoryTaskTypes(queue: queue),
          queueReading: {
            queue.read([.carePlan: $0])
            return queue
          },
          advance: { queue.advance($0) },
          deletedUser: {
            let user = UserID(UUID())
            queue.delete(user)
            return user
          },
          insertUnknown: { queue.insert(unknownType: $0, userID: nil) }, park: { queue.park($0) }))
    case .postgres:
      try await withMigratedDatabase { database in
        try await body(inPostgres(database.pool))
      }
    }
  }

  static func inPostgres(_ pool: PostgresPool) -> TaskStore {
    TaskStore(
      queue: PostgresTaskQueue(pool: pool, sweepEvery: .zero),
      intake: PostgresEventTaskInbox(pool: pool, inbox: PostgresInbox(consumer: "task")),
      periodic: PostgresPeriodicTaskInbox(pool: pool), steps: PostgresTaskStepStore(database: pool),
      reader: PostgresTaskReader(database: pool),
      administration: PostgresTaskAdministration(database: pool),
      actions: PostgresTaskActionRepository(database: pool),
      types: PostgresTaskTypeAdministration(database: pool),
      queueReading: { PostgresTaskQueue(pool: pool, sweepEvery: .zero, versions: [.carePlan: $0]) },
      advance: { try await age(pool, $0) },
      deletedUser: { try await insertDeletedUser(in: pool) },
      insertUnknown: { try await pool.query("INSERT INTO tasks (type, payload) VALUES (\($0), '{}')") },
      park: { try await pool.query("UPDATE tasks SET status = 'parked' WHERE id = \($0.uuid)") })
  }

  /// The server's clock cannot be changed, so the rows are made older.
  private static func age(_ pool: PostgresPool, _ duration: Duration) async throws {
    let seconds = Int(duration.components.seconds)
    try await pool.query(
      """
      UPDATE tasks SET created_at = created_at - \(seconds) * interval '1 second',
        completed_at = completed_at - \(seconds) * interval '1 second',
        run_at = run_at - \(seconds) * interval '1 second', retried_at = retried_at - \(seconds) * interval '1 second',
        failing_since = failing_since - \(seconds) * interval '1 second',
        called_back_at = called_back_at - \(seconds) * interval '1 second',
        lease_until = lease_until - \(seconds) * interval '1 second'
      """)
    try await pool.query("UPDATE task_workers SET lease_until = lease_until - \(seconds) * interval '1 second'")
    try await pool.query(
      """
      UPDATE task_types SET rate_until = rate_until - \(seconds) * interval '1 second',
        resumed_at = resumed_at - \(seconds) * interval '1 second'
      """)
  }

  // MARK: steps that the suites share

  func enqueue(_ tasks: NewTask..., wake: TaskWakeUp? = nil, for event: EventID = EventID(UUID())) async throws {
    try await intake.enqueue(tasks, wake: wake, for: event)
  }

  func claim(_ limit: Int = 10, by worker: String = "a") async throws -> [ClaimedTask] {
    try await queue.survey()
    return try await queue.claim(limit: limit, worker: worker, lease: .seconds(30))
  }
}

/// An account without anything that names a person, as a deletion leaves it.
func insertDeletedUser(in pool: PostgresPool) async throws -> UserID {
  let id = UUID()
  try await pool.query(
    """
    INSERT INTO users (id, email, address_problem, deleted_at) VALUES (\(id), '', 'deleted', clock_timestamp())
    """)
  return UserID(id)
}

extension NewTask {
  static func plan(
    _ payload: String = "{}", version: Int = 1, of user: UserID? = nil, key: String? = nil, type: TaskType = .carePlan,
    priority: Int = 0, order: String? = nil, callback: String? = nil
  ) -> NewTask {
    NewTask(
      type: type, payload: payload, version: version, userID: user, uniqueKey: key, priority: priority,
      orderingKey: order, callbackKey: callback)
  }
}

extension TaskAdministration {
  func retry(_ id: TaskID) async throws -> TaskSummary? {
    try await retry(id, reason: try #require(Reason("a test")), actor: "cli:test")
  }

  func cancel(_ id: TaskID) async throws -> TaskSummary? {
    try await cancel(id, reason: try #require(Reason("a test")), actor: "cli:test")
  }
}
