import FoundationEssentials

/// A cryptographically secure source of random bytes.
public protocol RandomSource: Sendable {
  func bytes(_ count: Int) -> [UInt8]
}

extension RandomSource {
  /// A version 4 UUID (RFC 9562).
  public func uuid() -> UUID {
    let b = bytes(16)
    return UUID(
      uuid: (
        b[0], b[1], b[2], b[3], b[4], b[5], (b[6] & 0x0F) | 0x40, b[7], (b[8] & 0x3F) | 0x80, b[9], b[10], b[11],
        b[12], b[13], b[14], b[15]
      ))
  }
}
