/// A part of a statement with its parameters, for a statement that has the same part several times:
/// `"SELECT name FROM users WHERE \(condition)"`. Its parameters are numbered in the statement that it becomes part of.
public struct PostgresFragment: ExpressibleByStringInterpolation, Sendable {
  enum Piece: Sendable { case text(String), parameter(PostgresParameter) }

  let pieces: [Piece]

  public init(stringLiteral value: String) { pieces = [.text(value)] }

  public init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

  public struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []

    public init(literalCapacity: Int, interpolationCount: Int) { pieces.reserveCapacity(2 * interpolationCount + 1) }

    public mutating func appendLiteral(_ literal: String) { pieces.append(.text(literal)) }

    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value) {
      pieces.append(.parameter(PostgresParameter(value)))
    }

    /// Nil is sent as NULL.
    public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
      pieces.append(.parameter(PostgresParameter(value)))
    }

    public mutating func appendInterpolation(_ columns: PostgresColumnList) { pieces.append(.text(columns.sql)) }

    public mutating func appendInterpolation(_ fragment: PostgresFragment) { pieces += fragment.pieces }
  }
}
