import Domain
import Testing

@Suite("CBOR in its canonical form")
struct CBORReaderTests {
  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  private static func problem(_ bytes: [UInt8]) -> CBORProblem? {
    do throws(CBORProblem) {
      _ = try CBORReader.value(of: bytes)
      return nil
    } catch {
      return error
    }
  }

  /// From RFC 8949, appendix A.
  @Test(
    "items are read",
    arguments: [
      ("00", CBORValue.integer(0)), ("17", .integer(23)), ("1818", .integer(24)), ("1903e8", .integer(1_000)),
      ("1a000f4240", .integer(1_000_000)), ("1b000000e8d4a51000", .integer(1_000_000_000_000)),
      ("1b7fffffffffffffff", .integer(.max)), ("20", .integer(-1)), ("3863", .integer(-100)),
      ("3b7fffffffffffffff", .integer(.min)), ("f4", .bool(false)), ("f5", .bool(true)), ("f6", .null),
      ("40", .bytes([])),
      ("4401020304", .bytes([1, 2, 3, 4])), ("60", .text("")), ("6449455446", .text("IETF")), ("62c3bc", .text("ü")),
      ("80", .array([])), ("83010203", .array([.integer(1), .integer(2), .integer(3)])),
    ])
  func items(hex: String, value: CBORValue) throws { #expect(try CBORReader.value(of: Self.bytes(hex)) == value) }

  @Test("a map is read by its keys, which stand in CTAP2's order")
  func map() throws {
    let value = try CBORReader.value(of: Self.bytes("a5010203262001214101224102"))
    guard case .map(let map) = value else {
      Issue.record("no map")
      return
    }
    #expect(map.count == 5 && map[1] == .integer(2) && map[3] == .integer(-7) && map[-2] == .bytes([1]))
    #expect(map[4] == nil && map["fmt"] == nil)
  }

  @Test(
    "every other form is refused",
    arguments: [
      ("", CBORProblem.truncated), ("18", .truncated), ("1a0000", .truncated), ("44010203", .truncated),
      ("82", .truncated), ("a101", .truncated), ("0000", .trailing), ("f6f6", .trailing),
      // A number or a length that could be shorter.
      ("1800", .notShortest), ("1817", .notShortest), ("1900ff", .notShortest), ("1a0000ffff", .notShortest),
      ("1b00000000ffffffff", .notShortest), ("580101", .notShortest), ("a2010219000301", .notShortest),
      // Without a length.
      ("5f42010243030405ff", .indefinite), ("7f657374726561646d696e67ff", .indefinite), ("9f01ff", .indefinite),
      ("bf0101ff", .indefinite), ("ff", .indefinite),
      // Tags, floating numbers, undefined, other simple values, reserved lengths.
      ("c000", .unsupported), ("d9d9f700", .unsupported), ("f93c00", .unsupported),
      ("fb3ff199999999999a", .unsupported),
      ("f7", .unsupported), ("e0", .unsupported), ("f820", .unsupported), ("1c", .unsupported), ("3e", .unsupported),
      ("1bffffffffffffffff", .integerTooLarge), ("3b8000000000000000", .integerTooLarge),
      ("62c328", .invalidText), ("61ff", .invalidText),
      // Keys twice, not sorted, or of another kind.
      ("a201010102", .keyOrder), ("a203010101", .keyOrder), ("a220010101", .keyOrder), ("a26161016101", .keyOrder),
      ("a2626161016161f6", .keyOrder), ("a14101f6", .keyKind), ("a1f5f6", .keyKind), ("a180f6", .keyKind),
      // Five levels.
      ("8181818181", .tooDeep), ("a101a101a101a101a10101", .tooDeep),
      // More items than bytes.
      ("9b7fffffffffffffff", .truncated), ("bb7fffffffffffffff", .truncated), ("5b7fffffffffffffff", .truncated),
      ("9bffffffffffffffff", .truncated), ("9a00010000", .truncated),
    ])
  func refused(hex: String, problem: CBORProblem) { #expect(Self.problem(Self.bytes(hex)) == problem) }

  @Test("four levels are read, and neither too many items nor too many bytes")
  func bounds() throws {
    #expect(Self.problem(Self.bytes("8181818101")) == nil)
    let many: [UInt8] = [0x99, 0x04, 0x00] + Array(repeating: 0, count: 1_024)
    #expect(Self.problem(many) == .tooLarge)
    let long: [UInt8] = [0x59, 0x80, 0x00] + Array(repeating: 0, count: 0x8000)
    #expect(Self.problem(long) == .tooLarge)
    let most: [UInt8] = [0x59, 0x7F, 0xFD] + Array(repeating: 0, count: 0x7FFD)
    #expect(Self.problem(most) == nil)
  }

  @Test("a reader leaves what follows the item, and reads nothing beside the bytes")
  func place() throws {
    var reader = CBORReader([9, 0x41, 7, 5], at: 1)
    #expect(try reader.next() == .bytes([7]))
    #expect(reader.position == 3)
    for place in [4, 5, .max, -1, .min] {
      var outside = CBORReader([1, 2, 3, 4], at: place)
      #expect(throws: CBORProblem.truncated) { try outside.next() }
    }
  }
}
