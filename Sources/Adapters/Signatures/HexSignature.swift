import Crypto

/// The hexadecimal HMAC-SHA256 with which providers sign their webhooks: 64 digits in lower case, compared in constant
/// time.
public struct HexSignature: Sendable {
  private let code: [UInt8]

  /// Nil for a text that cannot be a signature.
  public init?(_ hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    guard digits.count == 64 else { return nil }
    var code: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
      code.append(high << 4 | low)
    }
    self.code = code
  }

  public func isOf(_ message: [UInt8], by secret: String) -> Bool {
    HMAC<SHA256>.isValidAuthenticationCode(
      code, authenticating: message, using: SymmetricKey(data: Array(secret.utf8)))
  }

  func equals(_ other: HashedAuthenticationCode<SHA256>) -> Bool { other == code }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
}
