/// The names of a result's columns, shared by its rows.
final class PostgresColumns: Sendable {
  let index: [String: Int]

  init(_ names: [String]) {
    index = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

public struct PostgresRow: Sendable {
  let columns: PostgresColumns
  let values: [String?]

  /// Reads the column of that name. NULL is an error unless the type is optional.
  public func get<T: PostgresDecodable>(_ column: String, as type: T.Type = T.self) throws(PostgresError) -> T {
    guard let index = columns.index[column], let value = T.decode(postgresText: values[index]) else {
      throw PostgresError(.decoding(column: column), message: "not a \(T.self)")
    }
    return value
  }
}

public struct PostgresResult: Sendable {
  public let rows: [PostgresRow]
  /// The number of rows that an INSERT, UPDATE or DELETE changed, or a SELECT found.
  public let affectedRows: Int
}

/// A type that runs statements: a pool, where each is its own transaction, or a transaction.
public protocol PostgresStatementRunner: Sendable {
  @discardableResult
  func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresResult
}

public enum PostgresNotification: Sendable, Equatable {
  case message(channel: String, payload: String)
  /// Listening has begun, perhaps again. Notifications before this may have been missed, so the receiver must check for
  /// them.
  case listening
}
