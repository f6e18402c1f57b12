/// Reads CBOR in CTAP2's canonical form and refuses every other: numbers and lengths are as short as possible, every
/// length is known beforehand, and a map's keys are sorted without a repetition. WebAuthn requires this form, so each
/// value has one spelling.
public struct CBORReader: Sendable {
  /// The most bytes that are read.
  public static let mostBytes = 32 * 1_024
  /// The levels of arrays and maps, as many as CTAP2 allows.
  public static let deepest = 4
  /// The most items, those within others included.
  public static let mostItems = 1_024

  private let bytes: [UInt8]
  /// The place of the next item.
  public private(set) var position: Int
  private var items = 0

  public init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// Reads bytes that are one item.
  public static func value(of bytes: [UInt8]) throws(CBORProblem) -> CBORValue {
    var reader = CBORReader(bytes)
    let value = try reader.next()
    guard reader.position == bytes.count else { throw .trailing }
    return value
  }

  /// Reads one item. What follows it is left.
  public mutating func next() throws(CBORProblem) -> CBORValue {
    guard bytes.count <= Self.mostBytes else { throw .tooLarge }
    return try item(depth: 0)
  }

  private mutating func item(depth: Int) throws(CBORProblem) -> CBORValue {
    items += 1
    guard items <= Self.mostItems else { throw .tooLarge }
    let first = try byte()
    let (kind, info) = (first >> 5, first & 0x1F)
    if kind == 7 { return try simple(info) }
    let argument = try self.argument(info)
    switch kind {
    case 0:
      guard let value = Int64(exactly: argument) else { throw .integerTooLarge }
      return .integer(value)
    case 1:
      guard let value = Int64(exactly: argument) else { throw .integerTooLarge }
      return .integer(-1 - value)
    case 2: return .bytes(try take(argument))
    case 3:
      guard let text = String(validating: try take(argument), as: UTF8.self) else { throw .invalidText }
      return .text(text)
    case 4: return .array(try array(argument, depth: depth + 1))
    case 5: return .map(try map(argument, depth: depth + 1))
    default: throw .unsupported
    }
  }

  private func simple(_ info: UInt8) throws(CBORProblem) -> CBORValue {
    switch info {
    case 20: return .bool(false)
    case 21: return .bool(true)
    case 22: return .null
    case 31: throw .indefinite
    default: throw .unsupported
    }
  }

  private mutating func array(_ count: UInt64, depth: Int) throws(CBORProblem) -> [CBORValue] {
    guard depth <= Self.deepest else { throw .tooDeep }
    var values: [CBORValue] = []
    let count = try self.count(count)
    for _ in 0..<count { values.append(try item(depth: depth)) }
    return values
  }

  private mutating func map(_ count: UInt64, depth: Int) throws(CBORProblem) -> CBORMap {
    guard depth <= Self.deepest else { throw .tooDeep }
    var members: [CBORValue: CBORValue] = [:]
    var last: ArraySlice<UInt8> = []
    let count = try self.count(count)
    for _ in 0..<count {
      let start = position
      let key = try item(depth: depth)
      switch key {
      case .integer, .text: break
      default: throw .keyKind
      }
      let spelled = bytes[start..<position]
      guard last.isEmpty || Self.areInOrder(last, spelled) else { throw .keyOrder }
      last = spelled
      members[key] = try item(depth: depth)
    }
    return CBORMap(members)
  }

  /// CTAP2 sorts by the kind, then by the length, then by the bytes.
  private static func areInOrder(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
    guard let first = left.first, let second = right.first else { return false }
    if first >> 5 != second >> 5 { return first >> 5 < second >> 5 }
    if left.count != right.count { return left.count < right.count }
    return left.lexicographicallyPrecedes(right)
  }

  /// Each item has a byte at least, so that a larger count is refused before anything is made for it.
  private func count(_ argument: UInt64) throws(CBORProblem) -> Int {
    guard let count = Int(exactly: argument), count <= bytes.count - position else { throw .truncated }
    return count
  }

  private mutating func argument(_ info: UInt8) throws(CBORProblem) -> UInt64 {
    switch info {
    case 0..<24: return UInt64(info)
    case 24: return try number(1, least: 24)
    case 25: return try number(2, least: 0x100)
    case 26: return try number(4, least: 0x1_0000)
    case 27: return try number(8, least: 0x1_0000_0000)
    case 31: throw .indefinite
    default: throw .unsupported
    }
  }

  private mutating func number(_ length: UInt64, least: UInt64) throws(CBORProblem) -> UInt64 {
    let value = try take(length).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard value >= least else { throw .notShortest }
    return value
  }

  private mutating func byte() throws(CBORProblem) -> UInt8 {
    guard bytes.indices.contains(position) else { throw .truncated }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func take(_ length: UInt64) throws(CBORProblem) -> [UInt8] {
    guard position >= 0, position <= bytes.count, let length = Int(exactly: length), length <= bytes.count - position
    else { throw .truncated }
    defer { position += length }
    return Array(bytes[position..<position + length])
  }
}
