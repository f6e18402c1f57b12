import Testing

@testable import RedisDriver

@Suite("The reader of replies")
struct RedisReplyReaderTests {
  private func feed(_ reader: RedisReplyReader, _ text: some Collection<UInt8>) -> Bool {
    Array(text).withUnsafeBytes { reader.feed($0) }
  }

  private func read(_ text: String) throws -> RedisValue? {
    let reader = try #require(RedisReplyReader())
    #expect(feed(reader, text.utf8))
    return try reader.next()
  }

  private func nested(_ levels: Int) -> String { String(repeating: "*1\r\n", count: levels) + ":7\r\n" }

  static let mixed = "*6\r\n$5\r\nhe\r\no\r\n:-42\r\n$-1\r\n+OK\r\n-ERR no\r\n*2\r\n$0\r\n\r\n*-1\r\n"
  static let mixedValue = RedisValue.array([
    .bulk(Array("he\r\no".utf8)), .integer(-42), .null, .simple(Array("OK".utf8)), .error("ERR no"),
    .array([.bulk([]), .null]),
  ])

  @Test("every kind of reply is read")
  func kinds() throws {
    #expect(try read("+OK\r\n") == .simple(Array("OK".utf8)))
    #expect(try read("-WRONGTYPE a b\r\n") == .error("WRONGTYPE a b"))
    #expect(try read(":9223372036854775807\r\n") == .integer(.max))
    #expect(try read("$3\r\n\u{0}\r\n\r\n") == .bulk([0, 13, 10]))
    #expect(try read("*0\r\n") == .array([]))
    #expect(try read("$-1\r\n") == .null && read("*-1\r\n") == .null)
    #expect(try read(Self.mixed) == Self.mixedValue)
  }

  @Test("a reply is read the same wherever the input is split", arguments: 1..<Self.mixed.utf8.count)
  func split(_ index: Int) throws {
    let reader = try #require(RedisReplyReader())
    let bytes = Array(Self.mixed.utf8)
    #expect(feed(reader, bytes[..<index]))
    #expect(try reader.next() == nil)
    #expect(feed(reader, bytes[index...]))
    #expect(try reader.next() == Self.mixedValue)
    #expect(try reader.next() == nil)
  }

  @Test("replies are read the same byte by byte, one after another")
  func byteByByte() throws {
    let reader = try #require(RedisReplyReader())
    var found: [RedisValue] = []
    for byte in Array((Self.mixed + Self.mixed + ":1\r\n").utf8) {
      #expect(feed(reader, [byte]))
      while let value = try reader.next() { found.append(value) }
    }
    #expect(found == [Self.mixedValue, Self.mixedValue, .integer(1)])
  }

  @Test("eight nested arrays are read")
  func eight() throws {
    var expected = RedisValue.integer(7)
    for _ in 0..<8 { expected = .array([expected]) }
    #expect(try read(nested(8)) == expected)
  }

  @Test("a ninth nested array is refused")
  func nine() {
    #expect(throws: RedisError.protocolViolation) { try read(nested(9)) }
  }

  @Test(
    "an invalid reply is refused",
    arguments: ["?\r\n", "HTTP/1.1 400 Bad Request\r\n", "\r\n", "*x\r\n", "$-7\r\nabc\r\n"])
  func garbage(_ text: String) {
    #expect(throws: RedisError.protocolViolation) { try read(text) }
  }
}
