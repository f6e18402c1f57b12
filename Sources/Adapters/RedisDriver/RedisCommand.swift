/// One argument of a command. It is written into the command's bytes directly, without its own buffer.
public struct RedisArgument: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  private enum Value: Sendable {
    case text(String)
    case joined(String, String)
    case bytes([UInt8])
    case number(Int64)
  }

  private let word: Value

  public init(_ text: String) { word = .text(text) }
  /// The two texts as one, without a string of both.
  public init(_ prefix: String, _ rest: String) { word = .joined(prefix, rest) }
  public init(_ bytes: [UInt8]) { word = .bytes(bytes) }
  public init<Number: BinaryInteger>(_ number: Number) {
    word = Int64(exactly: number).map { .number($0) } ?? .text(String(number))
  }
  public init(stringLiteral value: String) { word = .text(value) }
  public init(integerLiteral value: Int) { word = .number(Int64(value)) }

  fileprivate var count: Int {
    switch word {
    case .text(let text): text.utf8.count
    case .joined(let prefix, let rest): prefix.utf8.count + rest.utf8.count
    case .bytes(let bytes): bytes.count
    case .number(let number): Decimal.count(number)
    }
  }

  fileprivate func append(to out: inout [UInt8]) {
    RedisCommand.header(0x24, count, &out)
    switch word {
    case .text(let text): out.append(contentsOf: text.utf8)
    case .joined(let prefix, let rest):
      out.append(contentsOf: prefix.utf8)
      out.append(contentsOf: rest.utf8)
    case .bytes(let bytes): out.append(contentsOf: bytes)
    case .number(let number): Decimal.append(number, &out)
    }
    out.append(0x0D)
    out.append(0x0A)
  }
}

/// A command in its wire form.
public struct RedisCommand: Sendable {
  let encoded: [UInt8]

  public init(_ words: RedisArgument...) { self.init(words) }

  public init(_ words: [RedisArgument]) {
    var out: [UInt8] = []
    out.reserveCapacity(words.reduce(8) { $0 + $1.count + 12 })
    RedisCommand.header(0x2A, words.count, &out)
    for word in words { word.append(to: &out) }
    encoded = out
  }

  /// A call of a script.
  /// - Parameter head: the first two arguments in their wire form, which are the same in each call.
  init(head: [UInt8], keys: [RedisArgument], arguments: [RedisArgument]) {
    let count = RedisArgument(keys.count)
    var out: [UInt8] = []
    let size = keys.reduce(head.count + 32) { $0 + $1.count + 12 }
    out.reserveCapacity(arguments.reduce(size) { $0 + $1.count + 12 })
    RedisCommand.header(0x2A, 3 + keys.count + arguments.count, &out)
    out.append(contentsOf: head)
    count.append(to: &out)
    for word in keys { word.append(to: &out) }
    for word in arguments { word.append(to: &out) }
    encoded = out
  }

  /// The arguments in their wire form, without the count of a command's.
  static func wireForm(_ words: RedisArgument...) -> [UInt8] {
    var out: [UInt8] = []
    for word in words { word.append(to: &out) }
    return out
  }

  fileprivate static func header(_ mark: UInt8, _ count: Int, _ out: inout [UInt8]) {
    out.append(mark)
    Decimal.append(Int64(count), &out)
    out.append(0x0D)
    out.append(0x0A)
  }
}

/// Writes whole numbers as text without creating a string.
private enum Decimal {
  static func count(_ number: Int64) -> Int {
    var count = number < 0 ? 2 : 1
    var rest = number.magnitude
    while rest >= 10 {
      rest /= 10
      count += 1
    }
    return count
  }

  static func append(_ number: Int64, _ out: inout [UInt8]) {
    if number < 0 { out.append(0x2D) }
    let start = out.count
    var rest = number.magnitude
    repeat {
      out.append(0x30 + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    out[start...].reverse()
  }
}
