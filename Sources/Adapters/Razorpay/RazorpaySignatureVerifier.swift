import Application
import Signatures

/// Razorpay's two signatures, both hexadecimal HMAC-SHA256 and compared in constant time: of a checkout over
/// `order|payment` with the key's secret, of a webhook over the raw body with the webhook's.
public struct RazorpaySignatureVerifier: PaymentSignatureVerifier {
  private let keySecret: String
  /// The present secret and, while it is being changed, the one before.
  private let webhookSecrets: [String]

  public init(keySecret: String, webhookSecrets: [String]) {
    self.keySecret = keySecret
    self.webhookSecrets = webhookSecrets
  }

  public func isCheckout(_ signature: String, order: String, payment: String) -> Bool {
    HexSignature(signature)?.isOf(Array("\(order)|\(payment)".utf8), by: keySecret) ?? false
  }

  public func isWebhook(_ signature: String, body: [UInt8]) -> Bool {
    guard let signature = HexSignature(signature) else { return false }
    return webhookSecrets.contains { signature.isOf(body, by: $0) }
  }
}
