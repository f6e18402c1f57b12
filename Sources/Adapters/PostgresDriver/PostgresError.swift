/// What can go wrong between a query and its rows.
public struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// There is no connection, or it was lost: the statement may or may not have run.
    case unavailable
    /// Every connection was busy for the longest time that a caller may wait.
    case poolExhausted
    case timeout
    case cancelled
    /// The server reported an error; `sqlState` is from PostgreSQL's Appendix A.
    case server(sqlState: String, constraint: String?)
    case decoding(column: String)
  }

  public let kind: Kind
  /// For logs only, never for clients. It omits the server's DETAIL, which may contain values.
  public let message: String

  public init(_ kind: Kind, message: String = "") {
    self.kind = kind
    self.message = message
  }

  /// Whether Postgres cannot be reached or is overloaded; the same call may succeed later.
  public var isUnavailable: Bool {
    switch kind {
    case .unavailable, .poolExhausted, .timeout: true
    // 57P01-57P03: shutting down or starting up; 53300: too many connections.
    case .server(let state, _): ["57P01", "57P02", "57P03", "53300"].contains(state)
    default: false
    }
  }

  /// Whether the server refuses the statement itself, or its response cannot be read: the same call will always fail.
  public var isRefusal: Bool {
    switch kind {
    case .unavailable, .poolExhausted, .timeout, .cancelled: false
    case .decoding: true
    // Errors of these classes are temporary: lost connections, lack of resources, an operator's intervention, a broken
    // disk, a stand-by server, a conflict of two transactions, a lock.
    case .server(let state, _):
      !["08", "53", "57", "58"].contains(state.prefix(2)) && state != "25006" && state != "55P03" && !isRetryable
    }
  }

  /// Whether the server refuses a value of the statement (SQLSTATE classes 22, 23 and 54), or its response cannot be
  /// read: the same values will always fail. A missing right, a missing table or a corrupt index is none of the values'
  /// faults: it ends when somebody repairs the deployment.
  public var refusesValues: Bool {
    switch kind {
    case .unavailable, .poolExhausted, .timeout, .cancelled: false
    case .decoding: true
    case .server(let state, _): ["22", "23", "54"].contains(state.prefix(2))
    }
  }

  /// The name of the unique constraint that refused the row.
  public var uniqueViolation: String? {
    if case .server("23505", let constraint) = kind { constraint ?? "" } else { nil }
  }

  /// Whether the transaction may be tried again unchanged: after a serialization failure, after a deadlock, or after a
  /// pooler that switched the connection.
  var isRetryable: Bool {
    if case .server(let state, _) = kind { state == "40001" || state == "40P01" || isLostStatement } else { false }
  }

  /// Whether there is no prepared statement of this name, or there is one already: the query has reached another
  /// connection of the server than the one before.
  var isLostStatement: Bool {
    if case .server(let state, _) = kind { state == "26000" || state == "42P05" } else { false }
  }

  public var description: String { "postgres \(kind): \(message)" }
}
