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

  /// The column by its name. NULL is an error unless an optional is asked for.
  public func get<T: PostgresDecodable>(_ column: String, as type: T.Type = T.self) throws(PostgresError) -> T {
    guard let index = columns.index[column], let value = T.decode(postgresText: values[index]) else {
      throw PostgresError(.decoding(column: column), message: "not a \(T.self)")
    }
    return value
  }
}

public struct PostgresResult: Sendable {
  public let rows: [PostgresRow]
  /// How many rows an INSERT, UPDATE or DELETE touched, or a SELECT found.
  public let affectedRows: Int
}

/// Whatever takes statements: a pool, where each is a transaction of its own, or a transaction.
public protocol PostgresSession: Sendable {
  @discardableResult
  func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresResult
}

public enum PostgresNotification: Sendable, Equatable {
  case message(channel: String, payload: String)
  /// Listening has (again) begun: what was sent before may have been missed, so look.
  case listening
}
