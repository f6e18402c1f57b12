/// The network that one subscriber has: a whole IPv4 address, or the first 64 bits of an IPv6 address (RFC 6177). Limits
/// count it in place of the address, because a subscriber can use every address of a /64.
public struct ClientNetwork: Hashable, Sendable, CustomStringConvertible {
  /// Such as `203.0.113.7` or `2001:db8:0:1::/64`.
  public let description: String

  /// - Parameter address: an IPv4 or IPv6 address in text; an IPv4-mapped one counts as IPv4 (RFC 4291, section 2.5.5.2).
  public init?(_ address: some StringProtocol) {
    let address = String(address.prefix { $0 != "%" })
    if let bytes = Self.ipv4(address) {
      description = Self.text(bytes)
    } else if let groups = Self.ipv6(address) {
      if groups.prefix(5).allSatisfy({ $0 == 0 }) && groups[5] == 0xFFFF {
        description = Self.text([groups[6] >> 8, groups[6] & 0xFF, groups[7] >> 8, groups[7] & 0xFF])
      } else {
        description = groups.prefix(4).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
      }
    } else {
      return nil
    }
  }

  private static func text(_ bytes: [UInt16]) -> String { bytes.map(String.init).joined(separator: ".") }

  private static func ipv4(_ text: String) -> [UInt16]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    let bytes = parts.compactMap { part in
      (1...3).contains(part.utf8.count) && part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? UInt16(part) : nil
    }
    return bytes.count == 4 && bytes.allSatisfy { $0 <= 255 } ? bytes : nil
  }

  /// The eight groups of the address (RFC 4291, section 2.2).
  private static func ipv6(_ text: String) -> [UInt16]? {
    var halves: [[UInt16]] = []
    for half in text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false) {
      guard let groups = Self.groups(half) else { return nil }
      halves.append(groups)
    }
    let count = halves.reduce(0) { $0 + $1.count }
    switch halves.count {
    case 1: return count == 8 ? halves[0] : nil
    case 2: return count < 8 ? halves[0] + Array(repeating: 0, count: 8 - count) + halves[1] : nil
    default: return nil
    }
  }

  private static func groups(_ text: Substring) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if index == parts.count - 1, let bytes = ipv4(String(part)) {
        groups += [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
      } else if (1...4).contains(part.utf8.count), part.allSatisfy({ $0.isASCII && $0.isHexDigit }),
        let group = UInt16(part, radix: 16)
      {
        groups.append(group)
      } else {
        return nil
      }
    }
    return groups
  }
}
