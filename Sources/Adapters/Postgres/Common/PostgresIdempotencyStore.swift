import Application
import Domain
import PostgresDriver

/// Responses that are stored for a day. If the process of a request died, the next request with the same key performs
/// it again after half a minute.
public struct PostgresIdempotencyStore: IdempotencyStore {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func begin(
    _ key: IdempotencyKey, fingerprint: [UInt8]
  ) async throws(IdempotencyError) -> IdempotentStart {
    do {
      return try await database.transaction { transaction in
        try await start(key, fingerprint, transaction)
      }
    } catch {
      throw .unavailable
    }
  }

  public func keep(_ answer: IdempotentResponse, for key: IdempotencyKey, token: Int64) async throws(IdempotencyError) {
    do {
      try await database.query(
        """
        UPDATE idempotency_answers SET status = \(answer.status), body = \(answer.body)
        WHERE user_id = \(key.user.uuid) AND route = \(key.route) AND key = \(key.key) AND token = \(token)
        """)
    } catch {
      throw .unavailable
    }
  }

  /// The row stays with an expired date. Its token goes on counting, so a process that holds an earlier token still
  /// cannot write.
  public func abandon(_ key: IdempotencyKey, token: Int64) async throws(IdempotencyError) {
    do {
      try await database.query(
        """
        UPDATE idempotency_answers SET created_at = '-infinity', lease_until = clock_timestamp()
        WHERE user_id = \(key.user.uuid) AND route = \(key.route) AND key = \(key.key) AND token = \(token)
          AND status IS NULL
        """)
    } catch {
      throw .unavailable
    }
  }

  private func start(
    _ key: IdempotencyKey, _ fingerprint: [UInt8], _ transaction: PostgresTransaction
  ) async throws -> IdempotentStart {
    let inserted = try await transaction.query(
      """
      INSERT INTO idempotency_answers (user_id, route, key, fingerprint, lease_until)
      VALUES (\(key.user.uuid), \(key.route), \(key.key), \(fingerprint), clock_timestamp() + interval '30 seconds')
      ON CONFLICT DO NOTHING
      """)
    if inserted.affectedRows == 1 { return .first(token: 1) }
    let found = try await transaction.query(
      """
      SELECT fingerprint = \(fingerprint) AS same, status, body, token, lease_until < statement_timestamp() AS lapsed,
        created_at < statement_timestamp() - interval '24 hours' AS old
      FROM idempotency_answers WHERE user_id = \(key.user.uuid) AND route = \(key.route) AND key = \(key.key) FOR UPDATE
      """)
    // The row was deleted between the two statements; the next request with this key will find it free.
    guard let row = found.rows.first else { return .inFlight }
    let token = try row.get("token", as: Int64.self)
    if try row.get("old", as: Bool.self) { return try await takeOver(key, token, fingerprint, transaction) }
    guard try row.get("same", as: Bool.self) else { return .differs }
    if let status = try row.get("status", as: Int?.self), let body = try row.get("body", as: [UInt8]?.self) {
      return .answered(IdempotentResponse(status: status, body: body))
    }
    guard try row.get("lapsed", as: Bool.self) else { return .inFlight }
    return try await takeOver(key, token, fingerprint, transaction)
  }

  private func takeOver(
    _ key: IdempotencyKey, _ token: Int64, _ fingerprint: [UInt8], _ transaction: PostgresTransaction
  ) async throws -> IdempotentStart {
    try await transaction.query(
      """
      UPDATE idempotency_answers SET token = \(token + 1), fingerprint = \(fingerprint), status = NULL, body = NULL,
        created_at = clock_timestamp(), lease_until = clock_timestamp() + interval '30 seconds'
      WHERE user_id = \(key.user.uuid) AND route = \(key.route) AND key = \(key.key)
      """)
    return .first(token: token + 1)
  }
}
