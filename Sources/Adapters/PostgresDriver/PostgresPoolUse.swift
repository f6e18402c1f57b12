/// What the connections of a pool were doing a moment ago.
public struct PostgresPoolUse: Equatable, Sendable {
  /// The connections that have been opened.
  public var open = 0
  /// Those of them that run a statement or a transaction.
  public var inUse = 0
  /// The callers that wait for a connection.
  public var waiting = 0
}
