/// The settings of a pool. `DatabaseAddress` reads the address, including TLS modes (`sslmode=verify-full`,
/// `sslrootcert`).
public struct PostgresConfiguration: Sendable {
  public var url: String
  /// Shown in pg_stat_activity.
  public var applicationName: String
  public var maximumConnections: Int
  /// Whether statements are prepared. Nil means only without a pooler, because behind one a prepared statement may not
  /// outlive its transaction. True states that a session belongs to this client alone, also through a pooler; false
  /// states that it never does.
  public var preparedStatements: Bool?
  /// The server ends a statement that runs longer.
  public var statementTimeout: Duration
  /// How long a caller waits for a free connection before `poolExhausted`.
  public var acquireTimeout: Duration
  public var connectTimeout: Duration
  /// A connection older than this is replaced when it is next free.
  public var maximumLifetime: Duration
  /// The most callers that may wait at the same time.
  public var maximumWaiters: Int
  /// Called with each statement before it is sent.
  public var observer: (@Sendable (PostgresQuery) -> Void)?
  /// Called after each statement with the time from its call to its answer or error. Outside a transaction this includes
  /// the wait for a connection.
  public var onDuration: (@Sendable (Duration) -> Void)?

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
