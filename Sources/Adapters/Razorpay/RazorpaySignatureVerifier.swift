import Application
import Signatures

/// Verifies Razorpay's two signatures. Both are hexadecimal HMAC-SHA256 and are compared in constant time. A checkout
/// is signed over `order|payment` with the key's secret, a webhook over the raw body with the webhook's secret.
public struct RazorpaySignatureVerifier: PaymentSignatureVerifier {
  private let keySecret: String
  /// The current secret and, while it is being changed, the previous one.
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
