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
  public var postgresText: String? { PostgresUUIDText.text(of: self) }
  public static func decode(postgresText: String?) -> UUID? { postgresText.flatMap { PostgresUUIDText.uuid($0) } }
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
  // A key path would be made anew for each value of a generic type.
  public var postgresText: String? { flatMap { $0.postgresText } }
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
    return PostgresArrayText.joined(self)
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

/// The hexadecimal digits of bytes.
enum Hexadecimal {
  static func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? 0x30 : 0x57) }

  static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}

/// The server's form of a UUID: 32 digits with hyphens behind the 8th, 12th, 16th and 20th. Foundation reads and writes
/// it with scanf and printf, which was a tenth of the work of a batch of tasks.
enum PostgresUUIDText {
  private static let length = 36
  private static let hyphen = UInt8(ascii: "-")

  /// Whether a hyphen stands before the byte with this number.
  private static func isAfterHyphen(_ byte: Int) -> Bool { byte == 4 || byte == 6 || byte == 8 || byte == 10 }

  static func text(of uuid: UUID) -> String {
    withUnsafeBytes(of: uuid.uuid) { bytes in
      String(unsafeUninitializedCapacity: length) { text in
        var end = 0
        func append(_ character: UInt8) {
          text[end] = character
          end += 1
        }
        for (number, byte) in bytes.enumerated() {
          if isAfterHyphen(number) { append(hyphen) }
          append(Hexadecimal.digit(byte >> 4))
          append(Hexadecimal.digit(byte & 15))
        }
        return end
      }
    }
  }

  static func uuid(_ text: String) -> UUID? {
    var text = text
    return text.withUTF8 { text in
      guard text.count == length else { return nil }
      var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
      let isWhole = withUnsafeMutableBytes(of: &uuid) { bytes in
        var place = 0
        for number in bytes.indices {
          if isAfterHyphen(number) {
            guard text[place] == hyphen else { return false }
            place += 1
          }
          guard let high = Hexadecimal.value(text[place]), let low = Hexadecimal.value(text[place + 1]) else {
            return false
          }
          bytes[number] = high << 4 | low
          place += 2
        }
        return true
      }
      return isWhole ? UUID(uuid: uuid) : nil
    }
  }
}

/// bytea's hex form, `\x00ff`.
enum PostgresByteaText {
  static func hex(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = Array("\\x".utf8)
    text.reserveCapacity(2 + 2 * bytes.count)
    for byte in bytes {
      text.append(Hexadecimal.digit(byte >> 4))
      text.append(Hexadecimal.digit(byte & 15))
    }
    return String(decoding: text, as: UTF8.self)
  }

  static func bytes(_ text: String) -> [UInt8]? {
    let utf8 = Array(text.utf8)
    guard utf8.count >= 2, utf8[0] == 0x5C, utf8[1] == 0x78, utf8.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count / 2 - 1)
    for start in stride(from: 2, to: utf8.count, by: 2) {
      guard let high = Hexadecimal.value(utf8[start]), let low = Hexadecimal.value(utf8[start + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}

/// The text form of a one-dimensional array: `{a,"b c",NULL}`. Its marks are bytes: as characters, a quotation mark and a
/// combining accent behind it would be one, and no mark.
enum PostgresArrayText {
  private static let (quote, backslash, comma) = (UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: ","))

  static func joined(_ elements: some Collection<some PostgresEncodable>) -> String {
    var text: [UInt8] = [UInt8(ascii: "{")]
    text.reserveCapacity(2 + 40 * elements.count)
    for element in elements {
      if text.count > 1 { text.append(comma) }
      guard let value = element.postgresText else {
        text.append(contentsOf: "NULL".utf8)
        continue
      }
      text.append(quote)
      for byte in value.utf8 {
        if byte == quote || byte == backslash { text.append(backslash) }
        text.append(byte)
      }
      text.append(quote)
    }
    text.append(UInt8(ascii: "}"))
    return String(decoding: text, as: UTF8.self)
  }

  static func split(_ text: String) -> [String?]? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
    var elements: [String?] = []
    var current: [UInt8] = []
    var quoted = false
    var wasQuoted = false
    var escaped = false
    func finish() {
      let element = String(decoding: current, as: UTF8.self)
      elements.append(!wasQuoted && element == "NULL" ? nil : element)
    }
    for byte in bytes.dropFirst().dropLast() {
      if escaped {
        current.append(byte)
        escaped = false
      } else if byte == backslash {
        escaped = true
      } else if byte == quote {
        quoted.toggle()
        wasQuoted = true
      } else if byte == comma, !quoted {
        finish()
        (current, wasQuoted) = ([], false)
      } else {
        current.append(byte)
      }
    }
    if bytes.count > 2 { finish() }
    return elements
  }
}
