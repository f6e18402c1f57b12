/// The columns of a row, listed once for every statement that reads it: `"SELECT \(columns) FROM users"`. Only a
/// literal in the source can create a list, so that no text from outside becomes SQL.
public struct PostgresColumnList: ExpressibleByStringLiteral, Sendable {
  let sql: String

  public init(stringLiteral literal: StaticString) { sql = literal.description }
}
