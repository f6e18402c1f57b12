/// A statement with its parameters. An interpolated value becomes a typed parameter and never part of the text:
/// `"SELECT name FROM users WHERE id = \(id)"` is sent as `… WHERE id = $1`.
public struct PostgresQuery: ExpressibleByStringInterpolation, Sendable {
  public let sql: String
  let parameters: [PostgresParameter]

  public init(stringLiteral value: String) {
    sql = value
    parameters = []
  }

  public init(stringInterpolation: StringInterpolation) {
    sql = stringInterpolation.sql
    parameters = stringInterpolation.parameters
  }

  /// Runs the statement and returns its plan, one line for each row of the column `QUERY PLAN`. The statement's changes
  /// stay unless the transaction is rolled back.
  public var explained: PostgresQuery {
    PostgresQuery(sql: "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) " + sql, parameters: parameters)
  }

  private init(sql: String, parameters: [PostgresParameter]) {
    self.sql = sql
    self.parameters = parameters
  }

  /// A script of this project, such as a migration: several statements, no parameters.
  public init(script: String) {
    sql = script
    parameters = []
  }

  public struct StringInterpolation: StringInterpolationProtocol {
    var sql = ""
    var parameters: [PostgresParameter] = []

    public init(literalCapacity: Int, interpolationCount: Int) {
      sql.reserveCapacity(literalCapacity + 3 * interpolationCount)
      parameters.reserveCapacity(interpolationCount)
    }

    public mutating func appendLiteral(_ literal: String) { sql += literal }

    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
      append(PostgresParameter(value))
    }

    /// Becomes part of the text, because a list of columns is always a literal in the source.
    public mutating func appendInterpolation(_ columns: PostgresColumnList) { sql += columns.sql }

    /// Nil is sent as NULL.
    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
      append(PostgresParameter(value))
    }

    /// Becomes part of the text; its parameters are numbered after those that the statement already has.
    public mutating func appendInterpolation(_ fragment: PostgresFragment) {
      for piece in fragment.pieces {
        switch piece {
        case .text(let text): sql += text
        case .parameter(let parameter): append(parameter)
        }
      }
    }

    private mutating func append(_ parameter: PostgresParameter) {
      parameters.append(parameter)
      sql += "$\(parameters.count)"
    }
  }
}

struct PostgresParameter: Equatable, Sendable {
  let type: UInt32
  let text: String?
}

extension PostgresParameter {
  init<Value: PostgresEncodable>(_ value: Value) {
    self.init(type: Value.postgresType, text: value.postgresText)
  }

  init<Value: PostgresEncodable>(_ value: Value?) {
    self.init(type: Value.postgresType, text: value?.postgresText ?? nil)
  }
}
