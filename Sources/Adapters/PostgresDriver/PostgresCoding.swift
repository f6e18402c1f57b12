import FoundationEssentials

/// A type that can be a parameter. Values are sent as text with the type's OID, so that the server never has to guess
/// the type.
public protocol PostgresEncodable: Sendable {
  /// The OID of the type, from pg_type.
  static var postgresType: UInt32 { get }
  static var postgresArrayType: UInt32 { get }
  /// Nil stands for NULL.
  var postgresText: String? { get }
}

/// A type that a column can be read as.
public protocol PostgresDecodable: Sendable {
  /// Nil if the text is not of this type. Only an optional accepts NULL.
  static func decode(postgresText: String?) -> Self?
}

public typealias PostgresCodable = PostgresEncodable & PostgresDecodable

extension String: PostgresCodable {
  public static var postgresType: UInt32 { 25 }
  public static var postgresArrayType: UInt32 { 1009 }
  public var postgresText: String? { self }
  public static func decode(postgresText: String?) -> String? { postgresText }
}

extension Bool: PostgresCodable {
  public static var postgresType: UInt32 { 16 }
  public static var postgresArrayType: UInt32 { 1000 }
  public var postgresText: String? { self ? "t" : "f" }
  public static func decode(postgresText: String?) -> Bool? {
    switch postgresText {
    case "t": true
    case "f": false
    default: nil
    }
  }
}

extension Int: PostgresCodable {
  public static var postgresType: UInt32 { 20 }
  public static var postgresArrayType: UInt32 { 1016 }
  public var postgresText: String? { String(self) }
  public static func decode(postgresText: String?) -> Int? { postgresText.flatMap { Int($0) } }
}

extension Int64: PostgresCodable {
  public static var postgresType: UInt32 { 20 }
  public static var postgresArrayType: UInt32 { 1016 }
  public var postgresText: String? { String(self) }
  public static func decode(postgresText: String?) -> Int64? { postgresText.flatMap { Int64($0) } }
}

extension Int32: PostgresCodable {
  public static var postgresType: UInt32 { 23 }
  public static var postgresArrayType: UInt32 { 1007 }
  public var postgresText: String? { String(self) }
  public static func decode(postgresText: String?) -> Int32? { postgresText.flatMap { Int32($0) } }
}

extension Double: PostgresCodable {
  public static var postgresType: UInt32 { 701 }
  public static var postgresArrayType: UInt32 { 1022 }
  public var postgresText: String? { description }
  public static func decode(postgresText: String?) -> Double? { postgresText.flatMap { Double($0) } }
}

extension UUID: PostgresCodable {
  public static var postgresType: UInt32 { 2950 }
  public static var postgresArrayType: UInt32 { 2951 }
  public var postgresText: String? { uuidString.lowercased() }
  public static func decode(postgresText: String?) -> UUID? { postgresText.flatMap { UUID(uuidString: $0) } }
}

/// JSON text, written to and read from `jsonb`.
public struct PostgresJSON: PostgresCodable, Hashable {
  public let text: String
  public init(_ text: String) { self.text = text }
  public static var postgresType: UInt32 { 3802 }
  public static var postgresArrayType: UInt32 { 3807 }
  public var postgresText: String? { text }
  public static func decode(postgresText: String?) -> PostgresJSON? { postgresText.map { PostgresJSON($0) } }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  public static var postgresType: UInt32 { Wrapped.postgresType }
  public static var postgresArrayType: UInt32 { Wrapped.postgresArrayType }
  public var postgresText: String? { flatMap(\.postgresText) }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  public static func decode(postgresText: String?) -> Wrapped?? {
    guard let postgresText else { return .some(nil) }
    return Wrapped.decode(postgresText: postgresText).map { .some($0) }
  }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
  public static var postgresType: UInt32 {
    Element.self == UInt8.self ? 17 : Element.postgresArrayType
  }
  public static var postgresArrayType: UInt32 { postgresType }
  public var postgresText: String? {
    // An empty array of any element type casts to an array of bytes.
    if Element.self == UInt8.self, let bytes = self as? [UInt8] { return PostgresByteaText.hex(bytes) }
    return "{" + map { PostgresArrayText.quoted($0.postgresText) }.joined(separator: ",") + "}"
  }
}

/// Used only as the element of a bytea value.
extension UInt8: PostgresEncodable {
  public static var postgresType: UInt32 { 17 }
  public static var postgresArrayType: UInt32 { 17 }
  public var postgresText: String? { String(self) }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
  public static func decode(postgresText: String?) -> [Element]? {
    guard let postgresText else { return nil }
    if Element.self == UInt8.self { return PostgresByteaText.bytes(postgresText) as? [Element] }
    guard let texts = PostgresArrayText.split(postgresText) else { return nil }
    var elements: [Element] = []
    for text in texts {
      guard let element = Element.decode(postgresText: text) else { return nil }
      elements.append(element)
    }
    return elements
  }
}

extension UInt8: PostgresDecodable {
  public static func decode(postgresText: String?) -> UInt8? { postgresText.flatMap { UInt8($0) } }
}

/// bytea's hex form, `\x00ff`.
enum PostgresByteaText {
  static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = Array("\\x".utf8)
    for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }

  static func bytes(_ text: String) -> [UInt8]? {
    let utf8 = Array(text.utf8)
    guard utf8.count >= 2, utf8[0] == 0x5C, utf8[1] == 0x78, utf8.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 2, to: utf8.count, by: 2) {
      guard let byte = UInt8(String(decoding: utf8[start..<(start + 2)], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}

/// The text form of a one-dimensional array: `{a,"b c",NULL}`.
enum PostgresArrayText {
  static func quoted(_ text: String?) -> String {
    guard let text else { return "NULL" }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  static func split(_ text: String) -> [String?]? {
    guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
    var elements: [String?] = []
    var current = ""
    var quoted = false
    var wasQuoted = false
    var escaped = false
    func finish() { elements.append(!wasQuoted && current == "NULL" ? nil : current) }
    for character in text.dropFirst().dropLast() {
      if escaped {
        current.append(character)
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else if character == "\"" {
        quoted.toggle()
        wasQuoted = true
      } else if character == ",", !quoted {
        finish()
        (current, wasQuoted) = ("", false)
      } else {
        current.append(character)
      }
    }
    if text.count > 2 { finish() }
    return elements
  }
}
