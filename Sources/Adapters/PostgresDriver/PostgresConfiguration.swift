/// How a pool behaves. The address is as `DatabaseAddress` reads it, TLS modes (`sslmode=verify-full`, `sslrootcert`)
/// included.
public struct PostgresConfiguration: Sendable {
  public var url: String
  /// Shown in pg_stat_activity.
  public var applicationName: String
  public var maximumConnections: Int
  /// Nil finds out: not through a pooler, where a prepared statement may not outlive its transaction. True says that a
  /// session is this client's own, also through a pooler; false that it never is.
  public var preparedStatements: Bool?
  /// The server ends a statement that runs longer.
  public var statementTimeout: Duration
  /// How long a caller waits for a free connection before `poolExhausted`.
  public var acquireTimeout: Duration
  public var connectTimeout: Duration
  /// A connection older than this is replaced when it is next free.
  public var maximumLifetime: Duration
  /// How many callers may wait at once.
  public var maximumWaiters: Int
  /// Is told of each statement before it is sent.
  public var observer: (@Sendable (PostgresQuery) -> Void)?

  public init(
    url: String, applicationName: String, maximumConnections: Int = 8, preparedStatements: Bool? = nil,
    statementTimeout: Duration = .seconds(5), acquireTimeout: Duration = .seconds(2),
    connectTimeout: Duration = .seconds(5), maximumLifetime: Duration = .seconds(1800), maximumWaiters: Int = 1_000
  ) {
    self.url = url
    self.applicationName = applicationName
    self.maximumConnections = maximumConnections
    self.preparedStatements = preparedStatements
    self.statementTimeout = statementTimeout
    self.acquireTimeout = acquireTimeout
    self.connectTimeout = connectTimeout
    self.maximumLifetime = maximumLifetime
    self.maximumWaiters = maximumWaiters
  }
}

public enum PostgresIsolation: String, Sendable {
  case readCommitted = "READ COMMITTED"
  case repeatableRead = "REPEATABLE READ"
  case serializable = "SERIALIZABLE"
}
