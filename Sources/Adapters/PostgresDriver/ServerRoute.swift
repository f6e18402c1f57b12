import Logging
import Synchronization

/// What is known of the way to the server. All connections of a pool share it, since they share the address.
final class ServerRoute: Sendable {
  private struct State {
    var isPooled: Bool?
    var losesStatements = false
    var isWarned = false
  }

  private let asked: Bool?
  private let statementTimeout: Duration
  private let logger: Logger
  private let state: Mutex<State>

  /// - Parameter asked: whether statements are prepared; nil where the way decides.
  init(asked: Bool?, statementTimeout: Duration, logger: Logger) {
    (self.asked, self.statementTimeout, self.logger) = (asked, statementTimeout, logger)
    state = Mutex(State())
  }

  /// Nil before the first connection.
  var isPooled: Bool? { state.withLock(\.isPooled) }

  /// A pooler may hand each transaction another connection of the server, where somebody else's statement may have the
  /// name. Only whoever says that it keeps one for a whole session has statements prepared through it.
  var preparesStatements: Bool {
    state.withLock { state in !state.losesStatements && (asked ?? (state.isPooled == false)) }
  }

  /// What is set in a session stays for the next one, who is somebody else behind a transaction pooler: then the
  /// transaction sets it for itself.
  var limitsTransactions: Bool {
    state.withLock { state in asked.map { !$0 || state.losesStatements } ?? (state.isPooled != false) }
  }

  /// Whether the session is this connection's own, whatever stands between; nil where the way decides.
  var ownsSession: Bool? { state.withLock(\.losesStatements) ? false : asked }

  /// - Parameter limit: the server's own for a statement, in this session.
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

  /// A prepared statement was not where it had been prepared.
  func noteLostStatement() {
    let isNew = state.withLock { state in
      defer { state.losesStatements = true }
      return !state.losesStatements
    }
    if isNew { logger.warning("postgres is reached through a transaction pooler: statements are no longer prepared") }
  }
}

/// The first query of a connection.
enum Greeting {
  /// Behind a pooler the number that the connection was given is not the server process's. There nothing is set, because
  /// it might stay for somebody else.
  static func query(process: Int32, ownsSession: Bool?, statementTimeout: Duration) -> PostgresQuery {
    let own = ownsSession.map { "\($0)" } ?? "pg_backend_pid() = \(process)"
    return PostgresQuery(
      script: """
        SELECT pg_backend_pid() <> \(process) AS is_pooled, (extract(epoch FROM (CASE WHEN \(own)
            THEN set_config('statement_timeout', '\(statementTimeout.milliseconds)', false)
            ELSE current_setting('statement_timeout') END)::interval) * 1000)::bigint AS limit_ms,
          CASE WHEN \(own) THEN set_config('TimeZone', 'UTC', false) END,
          CASE WHEN \(own) THEN set_config('idle_in_transaction_session_timeout', '30000', false) END
        """)
  }

  static func read(_ result: PostgresResult) throws(PostgresError) -> (isPooled: Bool, limit: Duration) {
    guard let row = result.rows.first else { throw PostgresError(.unavailable, message: "the server said nothing") }
    return (try row.get("is_pooled"), .milliseconds(try row.get("limit_ms", as: Int64.self)))
  }
}
