/// Reads the form of a beat: an object of plain texts and whole numbers. The parser is written by hand because it runs
/// thousands of times a second. Any other form is left to the JSON decoder.
struct FastClientMessageParser {
  private(set) var type: String?
  private(set) var accessToken: String?
  private(set) var seq: Int64?

  private let text: UnsafeRawBufferPointer
  private var place = 0

  /// - Returns: nil for another form, whether or not it is valid JSON.
  init?(_ text: UnsafeRawBufferPointer) {
    self.text = text
    guard readMembers() else { return nil }
  }

  private mutating func readMembers() -> Bool {
    guard take(0x7B) else { return false }
    repeat {
      guard let name = readText(), take(0x3A), readValue(of: name) else { return false }
    } while take(0x2C)
    guard take(0x7D) else { return false }
    skipSpace()
    return place == text.count
  }

  private mutating func readValue(of name: Range<Int>) -> Bool {
    if isName(name, "seq") {
      guard seq == nil, let number = readNumber() else { return false }
      seq = number
    } else if isName(name, "type") {
      guard type == nil, let value = readText() else { return false }
      type = string(value)
    } else if isName(name, "access_token") {
      guard accessToken == nil, let value = readText() else { return false }
      accessToken = string(value)
    } else {
      return false
    }
    return true
  }

  /// A text of printable ASCII without escapes.
  private mutating func readText() -> Range<Int>? {
    guard take(0x22) else { return nil }
    let start = place
    while place < text.count {
      switch text[place] {
      case 0x22:
        defer { place += 1 }
        return start..<place
      case 0x20...0x5B, 0x5D...0x7E: place += 1
      default: return nil
      }
    }
    return nil
  }

  /// At most 18 digits: a longer number might not fit.
  private mutating func readNumber() -> Int64? {
    skipSpace()
    let start = place
    var number: Int64 = 0
    while place < text.count, (0x30...0x39).contains(text[place]), place - start < 18 {
      number = number * 10 + Int64(text[place] - 0x30)
      place += 1
    }
    let length = place - start
    guard length == 1 || (length > 1 && text[start] != 0x30), place < text.count else { return nil }
    // The number goes on with a further digit, a fraction or an exponent.
    let next = text[place]
    return next == 0x2C || next == 0x7D || Self.isSpace(next) ? number : nil
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard place < text.count, text[place] == byte else { return false }
    place += 1
    return true
  }

  private mutating func skipSpace() {
    while place < text.count, Self.isSpace(text[place]) { place += 1 }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  private func isName(_ range: Range<Int>, _ name: StaticString) -> Bool {
    name.withUTF8Buffer { UnsafeRawBufferPointer($0).elementsEqual(text[range]) }
  }

  private func string(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
}
