import Logging
import PostgresDriver

/// The tasks of the soak and what their handlers write. No key or constraint makes an effect happen once: the even tasks
/// note their idempotency key, and the odd ones have their effect each time that a handler gets so far.
struct SoakTasks: Sendable {
  struct Report: Sendable {
    let completed, failed, open: Int
    /// Handlers that have begun, and claims by the rows of the tasks.
    let begun, claims: Int
    /// Of the odd tasks, and of the even ones.
    let plainEffects, keyedEffects: Int
    /// Tasks without an effect.
    let missing: Int
    /// Keys with more than one effect.
    let doubled: Int
    /// Claims for which two handlers have begun, or with two effects.
    let sharedClaims: Int
    /// Completed tasks whose last claim, by its number and its worker, is not the one whose handler has completed.
    let foreignEnds: Int
    let mostClaims: Int
  }

  /// A claim that a worker held when it was frozen.
  struct Frozen: Sendable {
    let number: Int
    let claim: Int
  }

  let pool: PostgresPool

  init(url: String) throws {
    pool = try PostgresPool(
      configuration: PostgresConfiguration(
        url: url, applicationName: "soak", maximumConnections: 4, acquireTimeout: .seconds(30)),
      logger: Logger(label: "soak") { _ in SwiftLogNoOpLogHandler() })
  }

  func close() { pool.close() }

  func create(_ count: Int) async throws {
    for table in ["soak_begun", "soak_effects", "soak_done"] {
      try await pool.query(
        PostgresQuery(
          script: "CREATE TABLE \(table) (number bigint NOT NULL, claim bigint NOT NULL, worker text NOT NULL)"))
    }
    try await pool.query("CREATE TABLE soak_keys (number bigint PRIMARY KEY)")
    try await add(1, count)
  }

  /// Adds the tasks with these numbers.
  func add(_ first: Int, _ last: Int) async throws {
    try await pool.query(
      """
      INSERT INTO tasks (type, payload, unique_key)
      SELECT 'care_plan', jsonb_build_object('number', n), 'soak:' || n FROM generate_series(\(first), \(last)) n
      """)
  }

  /// What the worker holds, and has begun.
  func held(by worker: String) async throws -> [Frozen] {
    try await pool.query(
      """
      SELECT (tasks.payload->>'number')::bigint AS number, tasks.claims::bigint AS claim FROM tasks
      WHERE tasks.status = 'running' AND tasks.worker = \(worker) AND EXISTS (
        SELECT FROM soak_begun b WHERE b.number = (tasks.payload->>'number')::bigint AND b.claim = tasks.claims)
      """
    ).rows.map { Frozen(number: try $0.get("number"), claim: try $0.get("claim")) }
  }

  /// How many of these tasks are not completed by a later claim.
  func unchanged(_ frozen: [Frozen]) async throws -> Int {
    let row = try await pool.query(
      """
      SELECT count(*) AS count FROM unnest(\(frozen.map(\.number)), \(frozen.map(\.claim))) AS frozen (number, claim)
      JOIN tasks ON tasks.unique_key = 'soak:' || frozen.number
      WHERE tasks.status <> 'completed' OR tasks.claims <= frozen.claim
      """
    ).rows.first
    return try row?.get("count") ?? 0
  }

  /// How many of these claims have had their effect or their end, by what their handlers wrote.
  func late(_ frozen: [Frozen]) async throws -> Int {
    let row = try await pool.query(
      """
      SELECT count(*) AS count FROM unnest(\(frozen.map(\.number)), \(frozen.map(\.claim))) AS frozen (number, claim)
      JOIN soak_done ON soak_done.number = frozen.number AND soak_done.claim = frozen.claim
      """
    ).rows.first
    return try row?.get("count") ?? 0
  }

  /// Repeated while Postgres is away.
  func report() async throws -> Report {
    while true {
      do { return try await reportOnce() } catch let error as PostgresError where error.isUnavailable {
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  private func reportOnce() async throws -> Report {
    let row = try await pool.query(
      """
      WITH effects AS (SELECT number, count(*) AS count FROM soak_effects GROUP BY number),
        numbers AS (SELECT tasks.*, (payload->>'number')::bigint AS number FROM tasks)
      SELECT count(*) FILTER (WHERE status = 'completed') AS completed,
        count(*) FILTER (WHERE status IN ('failed', 'cancelled')) AS failed,
        count(*) FILTER (WHERE status IN ('pending', 'running', 'parked')) AS open,
        coalesce(max(claims), 0) AS most, coalesce(sum(claims), 0)::bigint AS claims,
        (SELECT count(*) FROM soak_begun) AS begun,
        coalesce(sum(effects.count) FILTER (WHERE number % 2 = 1), 0)::bigint AS plain,
        coalesce(sum(effects.count) FILTER (WHERE number % 2 = 0), 0)::bigint AS keyed,
        count(*) FILTER (WHERE effects.count IS NULL) AS missing,
        count(*) FILTER (WHERE number % 2 = 0 AND effects.count > 1) AS doubled,
        (SELECT count(*) FROM (
          SELECT FROM soak_begun GROUP BY number, claim HAVING count(*) > 1
          UNION ALL SELECT FROM soak_effects GROUP BY number, claim HAVING count(*) > 1
        ) shared) AS shared,
        count(*) FILTER (WHERE status = 'completed' AND NOT EXISTS (
          SELECT FROM soak_done d WHERE d.number = numbers.number AND d.claim = numbers.claims AND d.worker = numbers.worker
        )) AS foreign_ends
      FROM numbers LEFT JOIN effects USING (number)
      """
    ).rows.first
    func number(_ column: String) throws -> Int { try row?.get(column) ?? 0 }
    return Report(
      completed: try number("completed"), failed: try number("failed"), open: try number("open"),
      begun: try number("begun"), claims: try number("claims"), plainEffects: try number("plain"),
      keyedEffects: try number("keyed"), missing: try number("missing"), doubled: try number("doubled"),
      sharedClaims: try number("shared"), foreignEnds: try number("foreign_ends"), mostClaims: try number("most"))
  }
}
