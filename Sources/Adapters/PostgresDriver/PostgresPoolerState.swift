import Logging
import Synchronization

/// What is known of the route to the server. All connections of a pool share it, because they share the address.
final class PostgresPoolerState: Sendable {
  private struct State {
    var isPooled: Bool?
    var losesStatements = false
    var isWarned = false
  }

  private let asked: Bool?
  private let statementTimeout: Duration
  private let logger: Logger
  private let state: Mutex<State>

  /// - Parameter asked: whether statements are prepared; nil to decide by the route.
  init(asked: Bool?, statementTimeout: Duration, logger: Logger) {
    (self.asked, self.statementTimeout, self.logger) = (asked, statementTimeout, logger)
    state = Mutex(State())
  }

  /// Nil before the first connection.
  var isPooled: Bool? { state.withLock(\.isPooled) }

  /// Whether statements are prepared. A pooler may give each transaction another server connection, on which another
  /// client may have used the name. So statements are prepared through a pooler only if the settings state that it
  /// keeps one connection for a whole session.
  var preparesStatements: Bool {
    state.withLock { state in !state.losesStatements && (asked ?? (state.isPooled == false)) }
  }

  /// Whether each transaction sets its own statement timeout. A setting of the session stays for the session's next
  /// user, and behind a transaction pooler that is another client.
  var limitsTransactions: Bool {
    state.withLock { state in asked.map { !$0 || state.losesStatements } ?? (state.isPooled != false) }
  }

  /// Whether the settings state that the session belongs to this connection alone; nil to decide by the route.
  var ownsSession: Bool? { state.withLock(\.losesStatements) ? false : asked }

  /// - Parameter limit: the server's statement timeout in this session.
  func note(isPooled: Bool, limit: Duration) {
    let (isNew, isUnlimited) = state.withLock { state in
      defer { state.isPooled = isPooled }
      let isUnlimited = isPooled && (limit == .zero || limit > statementTimeout) && !state.isWarned
      if isUnlimited { state.isWarned = true }
      return (state.isPooled != isPooled, isUnlimited)
    }
    if isNew, isPooled, asked == nil {
      logger.notice("postgres is reached through a pooler: statements are not prepared")
    }
    if isUnlimited {
      logger.warning(
        "this role has no statement_timeout that holds behind a pooler: talktime migrate sets it for the services' roles",
        metadata: ["statement_timeout": "\(limit)"])
    }
  }

  /// A prepared statement was missing where it had been prepared.
  func noteLostStatement() {
    let isNew = state.withLock { state in
      defer { state.losesStatements = true }
      return !state.losesStatements
    }
    if isNew { logger.warning("postgres is reached through a transaction pooler: statements are no longer prepared") }
  }
}

/// The first query of a connection.
enum PostgresSetupQuery {
  /// Behind a pooler, the process number that the connection received is not the server process's. The query then
  /// changes no setting, because the setting might stay for another client.
  static func query(process: Int32, ownsSession: Bool?, statementTimeout: Duration) -> PostgresQuery {
    let own = ownsSession.map { "\($0)" } ?? "pg_backend_pid() = \(process)"
    return PostgresQuery(
      script: """
        SELECT pg_backend_pid() <> \(process) AS is_pooled, (extract(epoch FROM (CASE WHEN \(own)
            THEN set_config('statement_timeout', '\(statementTimeout.milliseconds)', false)
            ELSE current_setting('statement_timeout') END)::interval) * 1000)::bigint AS limit_ms,
          CASE WHEN \(own) THEN set_config('TimeZone', 'UTC', false) END,
          CASE WHEN \(own) THEN set_config('idle_in_transaction_session_timeout', '30000', false) END,
          CASE WHEN \(own) THEN set_config('jit', 'off', false) END
        """)
  }

  static func read(_ result: PostgresResult) throws(PostgresError) -> (isPooled: Bool, limit: Duration) {
    guard let row = result.rows.first else { throw PostgresError(.unavailable, message: "the server said nothing") }
    return (try row.get("is_pooled"), .milliseconds(try row.get("limit_ms", as: Int64.self)))
  }
}
