import Application
import Crypto

/// Razorpay's two signatures, both hexadecimal HMAC-SHA256 and compared in constant time: of a checkout over
/// `order|payment` with the key's secret, of a webhook over the raw body with the webhook's.
public struct RazorpaySignatures: ChecksPaymentSignatures {
  private let keySecret: String
  /// The present secret and, while it is being changed, the one before.
  private let webhookSecrets: [String]

  public init(keySecret: String, webhookSecrets: [String]) {
    self.keySecret = keySecret
    self.webhookSecrets = webhookSecrets
  }

  public func isCheckout(_ signature: String, order: String, payment: String) -> Bool {
    isValid(signature, Array("\(order)|\(payment)".utf8), keySecret)
  }

  public func isWebhook(_ signature: String, body: [UInt8]) -> Bool {
    webhookSecrets.contains { isValid(signature, body, $0) }
  }

  private func isValid(_ hex: String, _ message: [UInt8], _ secret: String) -> Bool {
    let digits = Array(hex.utf8)
    guard digits.count == 64 else { return false }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return false }
      bytes.append(high << 4 | low)
    }
    return HMAC<SHA256>.isValidAuthenticationCode(
      bytes, authenticating: message, using: SymmetricKey(data: Array(secret.utf8)))
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
}
