import Application
import Crypto
import Domain
import HTTPServing
import HTTPTypes
import Hummingbird

/// /billing/webhooks: Razorpay's webhooks.
struct RazorpayWebhookRoute: Sendable {
  let webhooks: any PaymentWebhookInbox
  let signatures: any PaymentSignatureVerifier
  let reader: any PaymentWebhookReader

  func add(to router: Router<HTTPRequestContext>) {
    let billing = router.group("/billing")
    billing.post("webhooks/razorpay") { request, _ in try await receive(request) }
  }

  /// Stores the webhook before it is handled: the response is due within Razorpay's 5 s, even if other parts are slow.
  private func receive(_ request: Request) async throws -> Response {
    guard let signature = Self.header("x-razorpay-signature", request) else {
      throw WebhookSignatureError.invalidSignature
    }
    return try await request.withRawBody(upTo: 1 << 20, within: Self.bodies) { body in
      try await receive(Array(buffer: body), signature, request)
    }
  }

  private func receive(_ body: [UInt8], _ signature: String, _ request: Request) async throws -> Response {
    guard signatures.isWebhook(signature, body: body) else { throw WebhookSignatureError.invalidSignature }
    // Without an id from Razorpay the body's digest identifies the webhook.
    let event = Self.header("x-razorpay-event-id", request).flatMap { EventID($0)?.text } ?? Self.digest(body)
    try await webhooks.keep(body, eventID: event, subject: reader.subject(of: body))
    return try json(["status": "received"])
  }

  /// The budget of all webhooks that are being read, for what exceeds the 64 KiB that every body may have.
  private static let bodies = BodyMemoryBudget(bytes: 16 << 20)

  private static func header(_ name: String, _ request: Request) -> String? {
    HTTPField.Name(name).flatMap { request.headers[$0] }
  }

  private static func digest(_ body: [UInt8]) -> String {
    "sha256:" + SHA256.hash(data: body).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
