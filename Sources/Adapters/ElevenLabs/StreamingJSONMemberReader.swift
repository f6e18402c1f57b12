import FoundationEssentials

/// Reads a few members of one JSON object (RFC 8259) from chunks and stores nothing else. Its memory is bounded,
/// however long the text is.
struct StreamingJSONMemberReader: Sendable {
  enum Value: Sendable, Equatable {
    /// Nil for a text that is longer than the limit.
    case text(String?)
    case number(Double)
    case bool(Bool)
    case null
    case object, array
  }

  private enum Expected {
    case value, valueOrEnd, key, keyOrEnd, colon, commaOrEnd, nothing
  }

  private enum Lexeme { case none, text, escape, hex(Int), scalar }

  private struct Level {
    let isObject: Bool
    /// The path of the member that is being read; nil if it is not a wanted one.
    var path: String?
  }

  private static let deepest = 512
  private static let longestScalar = 64

  private let wanted: Set<String>
  private let longest: Int
  private var levels: [Level] = []
  private var expected = Expected.value
  private var lexeme = Lexeme.none
  private var isKey = false
  private var isKept = false
  private var token: [UInt8] = []
  private(set) var isBroken = false
  private(set) var found: [String: Value] = [:]

  /// - Parameters:
  ///   - wanted: the paths of the wanted members, such as `data.status`. For an object or an array, only its presence
  ///     is stored.
  ///   - longest: the longest text that is stored, in bytes.
  init(_ wanted: Set<String>, longest: Int = 256) {
    self.wanted = wanted
    self.longest = longest
  }

  /// Whether the input was one complete JSON object.
  var isWhole: Bool {
    guard !isBroken, case .nothing = expected, case .none = lexeme else { return false }
    return true
  }

  mutating func read(_ bytes: UnsafeRawBufferPointer) {
    var index = 0
    while index < bytes.count, !isBroken {
      switch lexeme {
      case .none:
        structure(bytes[index])
        index += 1
      case .text: index = text(bytes, from: index)
      case .escape:
        escape(bytes[index])
        index += 1
      case .hex(let left):
        hex(bytes[index], left)
        index += 1
      case .scalar: if scalar(bytes[index]) { index += 1 }
      }
    }
  }

  // MARK: structure

  private mutating func structure(_ byte: UInt8) {
    if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { return }
    switch (byte, expected) {
    case (0x22, .key), (0x22, .keyOrEnd): begin(.text, isKey: true)
    case (0x7D, .keyOrEnd), (0x5D, .valueOrEnd): close(isObject: byte == 0x7D)
    case (0x7D, .commaOrEnd), (0x5D, .commaOrEnd): close(isObject: byte == 0x7D)
    case (0x3A, .colon): expected = .value
    case (0x2C, .commaOrEnd): expected = levels.last?.isObject == true ? .key : .value
    case (_, .value), (_, .valueOrEnd): value(byte)
    default: isBroken = true
    }
  }

  private mutating func value(_ byte: UInt8) {
    // The outermost value must be an object.
    if levels.isEmpty, byte != 0x7B { return isBroken = true }
    switch byte {
    case 0x7B: open(isObject: true)
    case 0x5B: open(isObject: false)
    case 0x22: begin(.text, isKey: false)
    default:
      begin(.scalar, isKey: false)
      token.append(byte)
    }
  }

  private mutating func open(isObject: Bool) {
    guard levels.count < Self.deepest else { return isBroken = true }
    if let path, wanted.contains(path) { found[path] = isObject ? .object : .array }
    // The elements of an array have no name.
    levels.append(Level(isObject: isObject, path: nil))
    expected = isObject ? .keyOrEnd : .valueOrEnd
  }

  private mutating func close(isObject: Bool) {
    guard let last = levels.popLast(), last.isObject == isObject else { return isBroken = true }
    valueEnds()
  }

  private mutating func valueEnds() { expected = levels.isEmpty ? .nothing : .commaOrEnd }

  /// The path of the member that is being read.
  private var path: String? { levels.last?.path }

  // MARK: between the tokens

  private mutating func begin(_ lexeme: Lexeme, isKey: Bool) {
    self.lexeme = lexeme
    self.isKey = isKey
    token.removeAll(keepingCapacity: true)
    isKept = isKey ? isNamed : path.map { wanted.contains($0) } ?? false
  }

  /// Whether a member at this level can be a wanted one: every object around it has a path.
  private var isNamed: Bool { levels.count == 1 || levels.dropLast().allSatisfy { $0.path != nil } }

  /// Reads up to the end of the text or to an escape. Most bytes of a long text are read here.
  private mutating func text(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var end = start
    while end < bytes.count {
      let byte = bytes[end]
      if byte == 0x22 || byte == 0x5C || byte < 0x20 { break }
      end += 1
    }
    if isKept { keep(bytes[start..<end]) }
    guard end < bytes.count else { return end }
    switch bytes[end] {
    case 0x22: textEnds()
    case 0x5C:
      keepOne(0x5C)
      lexeme = .escape
    default: isBroken = true
    }
    return end + 1
  }

  private mutating func keep(_ bytes: Slice<UnsafeRawBufferPointer>) {
    // One byte more than the limit, so that a text that is too long is recognized.
    let room = longest + 1 - token.count
    if room > 0 { token.append(contentsOf: bytes.prefix(room)) }
  }

  private mutating func keepOne(_ byte: UInt8) { if isKept, token.count <= longest { token.append(byte) } }

  private mutating func escape(_ byte: UInt8) {
    keepOne(byte)
    switch byte {
    case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: lexeme = .text
    case 0x75: lexeme = .hex(4)
    default: isBroken = true
    }
  }

  private mutating func hex(_ byte: UInt8, _ left: Int) {
    keepOne(byte)
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: lexeme = left == 1 ? .text : .hex(left - 1)
    default: isBroken = true
    }
  }

  private mutating func textEnds() {
    lexeme = .none
    let text = isKept ? unescaped : nil
    if isKept, token.count <= longest, text == nil { return isBroken = true }
    let known = token.count <= longest ? text : nil
    guard isKey else {
      if isKept, let path { found[path] = .text(known) }
      return valueEnds()
    }
    let around = levels.dropLast().last?.path
    levels[levels.count - 1].path = isKept ? known.map { (around.map { "\($0)." } ?? "") + $0 } : nil
    expected = .colon
  }

  /// - Returns: false if the byte does not belong to a scalar.
  private mutating func scalar(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x61...0x7A, 0x45, 0x2B, 0x2D, 0x2E:
      token.append(byte)
      if token.count > Self.longestScalar { isBroken = true }
      return true
    default:
      scalarEnds()
      return false
    }
  }

  private mutating func scalarEnds() {
    lexeme = .none
    let value: Value
    switch String(decoding: token, as: UTF8.self) {
    case "true": value = .bool(true)
    case "false": value = .bool(false)
    case "null": value = .null
    case let text where isKept:
      guard let number = decoded(Double.self, Array(text.utf8)) else { return isBroken = true }
      value = .number(number)
    default:
      // This number is not wanted, so its value is not parsed and only its form is checked.
      guard let first = token.first, let last = token.last, first == 0x2D || Self.isDigit(first), Self.isDigit(last)
      else { return isBroken = true }
      return valueEnds()
    }
    if isKept, let path { found[path] = value }
    valueEnds()
  }

  private var unescaped: String? {
    token.contains(0x5C) ? decoded(String.self, [0x22] + token + [0x22]) : String(validating: token, as: UTF8.self)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private func decoded<T: Decodable>(_ type: T.Type, _ bytes: [UInt8]) -> T? {
    try? JSONDecoder().decode(type, from: Data(bytes))
  }
}
