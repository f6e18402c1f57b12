import RazorpayAdapter
import Testing

@Suite("Razorpay's signatures")
struct SignatureTests {
  private let signatures = RazorpaySignatureVerifier(keySecret: "secret", webhookSecrets: ["new", "old"])

  // Computed with OpenSSL: printf 'order_1|pay_1' | openssl dgst -sha256 -hmac secret
  private let checkout = "52115a0d3400de9e86aade1f1b6eba9e8974604f4e267a9e9a16633a4c8dd2cb"
  private let webhook = "419f84c3dfb1dabfe377f5a34859584b8faa83144c2a3b2b72a8c4ded4e293a6"

  @Test("a checkout's correct signature passes, and one with a changed digit fails")
  func checkoutSignature() {
    #expect(signatures.isCheckout(checkout, order: "order_1", payment: "pay_1"))
    #expect(!signatures.isCheckout(checkout, order: "order_1", payment: "pay_2"))
    let flipped = String(checkout.dropLast()) + (checkout.last == "0" ? "1" : "0")
    let foreign = "é" + checkout.dropFirst(2)
    for wrong in [
      flipped, "", checkout + "0", String(checkout.dropLast()), webhook, "g" + checkout.dropFirst(), foreign,
    ] {
      #expect(!signatures.isCheckout(wrong, order: "order_1", payment: "pay_1"))
    }
  }

  @Test("a webhook signed with the previous secret passes, too")
  func webhookSignature() {
    #expect(signatures.isWebhook(webhook, body: Array("{}".utf8)))
    #expect(!signatures.isWebhook(webhook, body: Array("{ }".utf8)))
    for secrets in [["new"], []] {
      let others = RazorpaySignatureVerifier(keySecret: "secret", webhookSecrets: secrets)
      #expect(!others.isWebhook(webhook, body: Array("{}".utf8)))
    }
  }
}
