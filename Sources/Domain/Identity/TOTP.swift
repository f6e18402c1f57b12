/// One-time codes by time (RFC 6238): six digits of an HMAC-SHA-1, another code in each step of 30 seconds. These are
/// the values that every authenticator app knows.
public struct TOTP: Sendable {
  /// In seconds.
  public static let stepLength: Int64 = 30
  public static let digits = 6
  /// In bytes; as long as a value of SHA-1 (RFC 4226, section 4).
  public static let secretLength = 20

  private let hmacSHA1: @Sendable (_ message: [UInt8], _ key: [UInt8]) -> [UInt8]

  public init(hmacSHA1: @escaping @Sendable (_ message: [UInt8], _ key: [UInt8]) -> [UInt8]) {
    self.hmacSHA1 = hmacSHA1
  }

  /// The step that contains the moment, in seconds since 1970.
  public static func step(at unixSeconds: Int64) -> Int64 {
    let step = unixSeconds / stepLength
    return unixSeconds % stepLength < 0 ? step - 1 : step
  }

  /// The code of a step.
  public func code(_ secret: [UInt8], step: Int64) -> String {
    let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
    let mac = hmacSHA1(counter, secret)
    // RFC 4226, section 5.3: the last four bits tell where the 31 bits of the code begin.
    let offset = Int((mac.last ?? 0) & 0x0F)
    let number = mac.dropFirst(offset).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    let text = String(number % 1_000_000)
    return String(repeating: "0", count: Self.digits - text.utf8.count) + text
  }

  /// The step that a typed code belongs to, of the present one and the one before: whoever reads a code types it a
  /// moment later. Nil for another code. Spaces in it do not matter.
  /// - Parameter unixSeconds: the moment, in seconds since 1970.
  public func step(of typed: String, _ secret: [UInt8], at unixSeconds: Int64) -> Int64? {
    let given = typed.utf8.filter { $0 != 0x20 }
    guard given.count == Self.digits else { return nil }
    let now = Self.step(at: unixSeconds)
    return [now, now - 1].first { step in
      // Constant time: the difference of all bytes.
      zip(given, code(secret, step: step).utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
  }
}
