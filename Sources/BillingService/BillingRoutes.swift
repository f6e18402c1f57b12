import Application
import Crypto
import Domain
import HTTPServing
import HTTPTypes
import Hummingbird

/// /billing: packs, orders, payments and Razorpay's webhook.
struct BillingRoutes: Sendable {
  let orders: any StoresOrders
  let webhooks: any KeepsWebhooks
  let signatures: any ChecksPaymentSignatures
  let place: PlaceOrder
  let verify: VerifyPayment
  let authenticator: Authenticator
  let limiter: any LimitsRate
  let limits: LimitProfile
  let answers: any StoresIdempotentAnswers
  let keyID: String

  func add(to router: Router<ServingContext>) {
    let billing = router.group("/billing")
    billing.get("packs") { _, _ in
      try json(
        Page(
          items: try await reading { () async throws(BillingError) in try await orders.packs() }.map(PackAnswer.init),
          nextCursor: nil))
    }
    billing.post("webhooks/razorpay") { request, _ in try await receive(request) }
    let own = billing.group().add(middleware: RequirePrincipal(authenticator))
    addOrders(own)
  }

  private func addOrders(_ own: RouterGroup<ServingContext>) {
    let limited = own.group().add(
      middleware: LimitedBy(limits.limit("orders", 30, per: .seconds(3_600)), of: .user, limiter: limiter))
    limited.post("orders") { request, context in
      let user = try context.requirePrincipal().userID
      return try await idempotently(request, context, route: "POST /billing/orders", store: answers) { request in
        let body = try await request.decodeJSON(OrderBody.self)
        let order = try await reading { () async throws(BillingError) in try await place(body.packID, for: user) }
        return try json(OrderAnswer(order, keyID: keyID), status: .created)
      }
    }
    own.get("orders/:id") { _, context in
      let user = try context.requirePrincipal().userID
      let id = context.parameters.get("id").flatMap { OrderID(String($0)) }
      let order = try await reading { () async throws(BillingError) -> Order in
        guard let id, let order = try await orders.order(id), order.user == user else { throw .orderNotFound }
        return order
      }
      return try json(OrderAnswer(order, keyID: keyID))
    }
    let verifying = own.group().add(
      middleware: LimitedBy(limits.limit("verify_payment", 60, per: .seconds(300)), of: .user, limiter: limiter))
    verifying.post("payments/verify") { request, context in
      let user = try context.requirePrincipal().userID
      let body = try await request.decodeJSON(VerifyBody.self)
      let outcome = try await reading { () async throws(BillingError) in
        try await verify(
          order: body.order, payment: body.payment, signature: body.signature, by: user, request: context.requestID)
      }
      switch outcome {
      case .captured(let balance):
        return try json(VerifyAnswer(status: "captured", balance: balance.milliseconds))
      case .pending, .stale: return try json(VerifyAnswer(status: "pending", balance: nil), status: .accepted)
      case .failed: return try json(VerifyAnswer(status: "failed", balance: nil))
      case .returned: return try json(VerifyAnswer(status: "refunded", balance: nil))
      }
    }
  }

  /// Stores first and works after: the answer must come within Razorpay's 5 s whatever else is slow.
  private func receive(_ request: Request) async throws -> Response {
    let body = Array(buffer: try await request.rawBody(upTo: 1 << 20))
    guard let signature = Self.header("x-razorpay-signature", request), signatures.isWebhook(signature, body: body)
    else {
      throw Problem.unauthorized("invalid_signature", "The signature is not one of ours.")
    }
    // Without an id of Razorpay's the body stands for itself.
    let event = Self.header("x-razorpay-event-id", request).flatMap { EventID($0)?.text } ?? Self.digest(body)
    try await reading { () async throws(BillingError) in try await webhooks.keep(body, eventID: event) }
    return try json(["status": "received"])
  }

  private static func header(_ name: String, _ request: Request) -> String? {
    HTTPField.Name(name).flatMap { request.headers[$0] }
  }

  private static func digest(_ body: [UInt8]) -> String {
    "sha256:" + SHA256.hash(data: body).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

@discardableResult
private func reading<T>(_ body: () async throws(BillingError) -> T) async throws(Problem) -> T {
  do { return try await body() } catch { throw Problem(error) }
}
