import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver

/// The ports of care plans, with the events and tasks that they write.
struct CarePlanStore: Sendable {
  let stores: any CarePlanRepository
  let reads: any CarePlanReader
  let erases: any CarePlanEraser
  let reader: any TaskReader
  let note: @Sendable (SessionID, UserID, _ settled: Bool) async throws -> Void
  /// Notes a later talk in the session's conversation: its owner, and its charge, or nil while it goes on.
  let later: @Sendable (SessionID, UserID, TalkTime?) async throws -> Void
  /// Writes the state of the session's task.
  let task: @Sendable (SessionID, TaskState, _ error: String?) async throws -> Void
  /// Lets time pass.
  let advance: @Sendable (Duration) async throws -> Void
  let deletedUser: @Sendable () async throws -> UserID
  let events: @Sendable () async throws -> [CarePlanFinished]

  static func with(_ kind: TaskStoreKind, _ body: @Sendable (CarePlanStore) async throws -> Void) async throws {
    switch kind {
    case .memory:
      let queue = InMemoryTaskQueue()
      let plans = InMemoryCarePlanRepository(queue: queue)
      try await body(
        CarePlanStore(
          stores: plans, reads: plans, erases: plans, reader: InMemoryTaskAdministration(queue: queue),
          note: { plans.note($0, of: $1, settled: $2) },
          later: { session, _, charge in
            let time = charge.map { $0 > .zero ? LaterTalk.charged : .none } ?? .unsettled
            plans.note(time, than: session)
          },
          task: { plans.setTask(of: $0, $1, error: $2) }, advance: { queue.advance($0) },
          deletedUser: {
            let user = UserID(UUID())
            queue.delete(user)
            return user
          },
          events: { plans.events }))
    case .postgres:
      try await withMigratedDatabase { database in
        let pool = database.pool
        try await body(
          CarePlanStore(
            stores: PostgresCarePlanRepository(
              pool: pool, outbox: PostgresOutbox(source: "task"), sealer: PlainCarePlanSealer()),
            reads: PostgresCarePlanReader(database: pool, sealer: PlainCarePlanSealer()),
            erases: PostgresCarePlanEraser(pool: pool),
            reader: PostgresTaskReader(database: pool),
            note: { try await note(pool, $0, $1, $2) }, later: { try await later(pool, $0, $1, $2) },
            task: { try await task(pool, $0, $1, $2) },
            advance: { try await age(pool, $0) }, deletedUser: { try await insertDeletedUser(in: pool) },
            events: { try await events(pool) }))
      }
    }
  }

  private static func note(_ pool: PostgresPool, _ session: SessionID, _ user: UserID, _ settled: Bool) async throws {
    try await pool.query(
      """
      INSERT INTO talk_sessions (id, user_id, agent_id, settled_at, charged_ms, end_reason)
      VALUES (\(session.text), \(user.uuid), 'agent', CASE WHEN \(settled) THEN clock_timestamp() END,
        CASE WHEN \(settled) THEN 0 END, CASE WHEN \(settled) THEN 'user' END)
      """)
  }

  private static func later(_ pool: PostgresPool, _ session: SessionID, _ user: UserID, _ charge: TalkTime?)
    async throws
  {
    try await pool.query(
      "UPDATE talk_sessions SET conversation_id = \("conv_\(session)") WHERE id = \(session.text)")
    try await pool.query(
      """
      INSERT INTO talk_sessions (id, user_id, agent_id, conversation_id, settled_at, charged_ms, end_reason)
      VALUES (\(try SessionID.random().text), \(user.uuid), 'agent', \("conv_\(session)"),
        CASE WHEN \(charge != nil) THEN clock_timestamp() END, \(charge?.milliseconds),
        CASE WHEN \(charge != nil) THEN 'user' END)
      """)
  }

  private static func task(
    _ pool: PostgresPool, _ session: SessionID, _ state: TaskState, _ error: String?
  ) async throws {
    let key = "care_plan:\(session)"
    try await pool.query(
      """
      INSERT INTO tasks (type, payload, unique_key, status, error)
      VALUES ('care_plan', '{}', \(key), \(state.rawValue), \(error))
      ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO UPDATE SET status = EXCLUDED.status, error = EXCLUDED.error
      """)
  }

  /// The server's clock cannot be changed, so the rows are made older.
  private static func age(_ pool: PostgresPool, _ duration: Duration) async throws {
    let seconds = Int(duration.components.seconds)
    try await pool.query("UPDATE talk_sessions SET settled_at = settled_at - \(seconds) * interval '1 second'")
    try await pool.query(
      """
      UPDATE care_plan_work SET unopened_since = unopened_since - \(seconds) * interval '1 second',
        unfinished_since = unfinished_since - \(seconds) * interval '1 second',
        incomplete_since = incomplete_since - \(seconds) * interval '1 second',
        outage_since = outage_since - \(seconds) * interval '1 second',
        waiting_since = waiting_since - \(seconds) * interval '1 second'
      """)
  }

  private static func events(_ pool: PostgresPool) async throws -> [CarePlanFinished] {
    let rows = try await pool.query(
      "SELECT data FROM outbox WHERE source = 'task' AND type = \(CarePlanFinished.type) ORDER BY created_at"
    ).rows
    return try rows.map { row in
      try JSONDecoder().decode(CarePlanFinished.self, from: Data(try row.get("data", as: String.self).utf8))
    }
  }
}

extension SessionID {
  struct NoID: Error {}

  static func random() throws -> SessionID {
    guard let shard = Shard(7), let id = SessionID(shard: shard, random: (0..<16).map { _ in .random(in: 0...255) })
    else { throw NoID() }
    return id
  }
}
