/// Any JSON, for documents that are read by parts.
indirect enum JSONValue: Decodable, Equatable, Sendable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Nil for a value that is no object, or has no such member.
  subscript(_ member: String) -> JSONValue? { object[member] }

  /// Empty for a value that is no object.
  var object: [String: JSONValue] {
    if case .object(let members) = self { members } else { [:] }
  }

  /// Empty for a value that is no list.
  var list: [JSONValue] {
    if case .list(let values) = self { values } else { [] }
  }

  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// The texts of a list, or the one text.
  var texts: [String] { text.map { [$0] } ?? list.compactMap(\.text) }

  /// The name that JSON Schema has for the type of the value.
  var schemaType: String {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .number(let number): number == number.rounded() ? "integer" : "number"
    case .text: "string"
    case .list: "array"
    case .object: "object"
    }
  }
}
