/// The address of a client. An IPv4-mapped IPv6 address counts as IPv4 (RFC 4291, section 2.5.5.2).
public enum IPAddress: Hashable, Sendable {
  /// Four bytes.
  case v4([UInt8])
  /// Eight groups of 16 bits.
  case v6([UInt16])

  /// Reads an address in text; a zone such as `%eth0` is left out (RFC 4007, section 11). Nil for a text that is no
  /// address.
  public init?(_ text: String) {
    let text = text.prefix { $0 != "%" }
    if let bytes = Self.bytes(text) {
      self = .v4(bytes)
    } else if let groups = Self.address(text) {
      if groups.prefix(5).allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
        self = .v4(groups[6...7].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
      } else {
        self = .v6(groups)
      }
    } else {
      return nil
    }
  }

  /// What one subscriber has: a whole IPv4 address, or the first 64 bits of an IPv6 address (RFC 6177). Limits count it
  /// in place of the address, because a subscriber can use every address of a /64.
  public var subscriber: String {
    switch self {
    case .v4(let bytes): bytes.map(String.init).joined(separator: ".")
    case .v6(let groups): Self.prefix(groups)
    }
  }

  /// Such as `2001:db8:1:2::/64`.
  /// - Parameter bits: a multiple of 16.
  static func prefix(_ groups: [UInt16], bits: Int = 64) -> String {
    let network = groups.prefix(bits / 16)
    let shown = network.prefix((network.lastIndex { $0 != 0 } ?? -1) + 1)
    return shown.map { String($0, radix: 16) }.joined(separator: ":") + "::/\(bits)"
  }

  private static func bytes(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts.allSatisfy({ (1...3).contains($0.utf8.count) }) else { return nil }
    let bytes = parts.compactMap { part in part.utf8.allSatisfy(isDigit) ? UInt8(part) : nil }
    return bytes.count == 4 ? bytes : nil
  }

  private static func address(_ text: Substring) -> [UInt16]? {
    guard text.utf8.count <= 45, text.contains(":") else { return nil }
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard let head = halves.first.flatMap({ groups($0) }), halves.count <= 2 else { return nil }
    guard halves.count == 2 else { return head.count == 8 ? head : nil }
    guard let tail = groups(halves[1]), head.count + tail.count < 8 else { return nil }
    return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
  }

  private static func groups(_ text: Substring) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if index == parts.count - 1, let bytes = bytes(part) {
        groups += [UInt16(bytes[0]) << 8 | UInt16(bytes[1]), UInt16(bytes[2]) << 8 | UInt16(bytes[3])]
      } else {
        guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexDigit), let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte | 0x20) }
}
