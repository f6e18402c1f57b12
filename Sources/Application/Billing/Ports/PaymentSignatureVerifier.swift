public protocol PaymentSignatureVerifier: Sendable {
  func isCheckout(_ signature: String, order: String, payment: String) -> Bool
  func isWebhook(_ signature: String, body: [UInt8]) -> Bool
}
