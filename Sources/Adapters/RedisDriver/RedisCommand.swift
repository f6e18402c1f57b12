/// One word of a command, as bytes.
public struct RedisArgument: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  let bytes: [UInt8]

  public init(_ text: String) { bytes = Array(text.utf8) }
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public init<Number: BinaryInteger>(_ number: Number) { bytes = Array(String(number).utf8) }
  public init(stringLiteral value: String) { bytes = Array(value.utf8) }
  public init(integerLiteral value: Int) { bytes = Array(String(value).utf8) }
}

/// A command in its wire form.
public struct RedisCommand: Sendable {
  let encoded: [UInt8]

  public init(_ words: RedisArgument...) { self.init(words) }

  public init(_ words: [RedisArgument]) {
    var out: [UInt8] = []
    out.reserveCapacity(words.reduce(8) { $0 + $1.bytes.count + 12 })
    RedisCommand.header(0x2A, words.count, &out)
    for word in words { RedisCommand.append(word.bytes, &out) }
    encoded = out
  }

  static func append(_ bytes: [UInt8], _ out: inout [UInt8]) {
    header(0x24, bytes.count, &out)
    out.append(contentsOf: bytes)
    out.append(0x0D)
    out.append(0x0A)
  }

  private static func header(_ mark: UInt8, _ count: Int, _ out: inout [UInt8]) {
    out.append(mark)
    if count < 10 { out.append(0x30 + UInt8(count)) } else { out.append(contentsOf: String(count).utf8) }
    out.append(0x0D)
    out.append(0x0A)
  }
}
