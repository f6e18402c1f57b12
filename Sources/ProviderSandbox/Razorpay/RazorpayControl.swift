import Hummingbird

/// Controls for the customer, the bank and the cardholder.
struct RazorpayControl: Sendable {
  let store: RazorpayStore
  let webhooks: RazorpayWebhooks
  let keySecret: String

  func add(to control: RouterGroup<SandboxContext>) {
    control.post("orders/:id/pay") { request, context in
      let body = try await request.instructions()
      return Response.json(try await pay(try context.parameters.require("id"), body))
    }
    control.post("payments/:id/dispute") { request, context in
      let body = try await request.instructions()
      return Response.json(try await dispute(try context.parameters.require("id"), body))
    }
    RazorpayRefundControl(store: store, webhooks: webhooks).add(to: control)
    RazorpayWebhookControl(store: store, webhooks: webhooks, keySecret: keySecret).add(to: control)
  }

  /// The response contains what Checkout would give the page. It is signed even if the payment failed or is only
  /// authorized: a signature does not prove a capture.
  private func pay(_ orderID: String, _ body: JSON) async throws -> JSON {
    let named = body["outcome"]?.string ?? "captured"
    guard let outcome = RazorpayOutcome(rawValue: named) else {
      throw ControlFailure("outcome must be captured, authorized or failed")
    }
    let bearer = body["fee_bearer"]?.string ?? "platform"
    guard ["platform", "customer"].contains(bearer) else {
      throw ControlFailure("fee_bearer must be platform or customer")
    }
    let (paymentID, events) = try await store.attempt(
      orderID: orderID, outcome: outcome, email: body["email"]?.string ?? "customer@example.com",
      paymentID: body["payment_id"]?.string, force: body["force"]?.bool ?? false,
      customerBearsFee: bearer == "customer")
    webhooks.send(events, told: body)
    return checkoutAnswer(orderID: orderID, paymentID: paymentID, keySecret: keySecret)
  }

  private func dispute(_ paymentID: String, _ body: JSON) async throws -> JSON {
    guard let outcome = RazorpayDispute.Outcome(rawValue: body["outcome"]?.string ?? "created") else {
      let all = RazorpayDispute.Outcome.allCases.map(\.rawValue)
      throw ControlFailure("outcome must be one of \(all.joined(separator: ", "))")
    }
    let (dispute, events) = try await store.dispute(paymentID, outcome: outcome, terms: body)
    webhooks.send(events, told: body)
    return dispute
  }
}

/// The data that Checkout passes to the page: both ids and their signature.
func checkoutAnswer(orderID: String, paymentID: String, keySecret: String) -> JSON {
  [
    "razorpay_order_id": .string(orderID), "razorpay_payment_id": .string(paymentID),
    "razorpay_signature": .string(hexHMAC(secret: keySecret, message: Array("\(orderID)|\(paymentID)".utf8))),
  ]
}
