/// The columns that a row is read from, listed once for every statement that reads it: `"SELECT \(columns) FROM users"`. Only a
/// literal of the program can make one, so that no text from outside becomes SQL.
public struct PostgresColumnList: ExpressibleByStringLiteral, Sendable {
  let sql: String

  public init(stringLiteral literal: StaticString) { sql = literal.description }
}
