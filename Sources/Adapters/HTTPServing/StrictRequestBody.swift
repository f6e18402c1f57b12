/// A JSON object of a request in which an absent member means something, such as all tasks or no limit. A misspelt
/// member would pass as an absent one, so that more is done than was asked for. Read it as ``Strict``.
public protocol StrictRequestBody: Decodable {
  /// Every member that the object may have.
  associatedtype Member: CodingKey & CaseIterable
}

/// Reads a JSON object that has no member besides the declared ones.
public struct Strict<Value: StrictRequestBody>: Decodable {
  public let value: Value

  /// - Throws: what `Value` throws, and `dataCorrupted` with an ``UndeclaredMemberError`` at the path of a member that
  ///   `Value` does not declare. Of several, the first by name is told.
  public init(from decoder: any Decoder) throws {
    let given = try decoder.container(keyedBy: AnyMember.self).allKeys.map(\.stringValue)
    let undeclared = Set(given).subtracting(Value.Member.allCases.map(\.stringValue))
    if let name = undeclared.min() {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath + [AnyMember(stringValue: name)], debugDescription: "There is no such member.",
          underlyingError: UndeclaredMemberError()))
    }
    value = try Value(from: decoder)
  }
}

extension Strict: Sendable where Value: Sendable {}

/// A request has a member that its object does not declare.
public struct UndeclaredMemberError: Error {}

private struct AnyMember: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
