import Hummingbird

/// The customer, the bank and the cardholder, at the sandbox's command.
struct RazorpayControl: Sendable {
  let books: RazorpayBooks
  let webhooks: RazorpayWebhooks
  let keySecret: String

  func add(to control: RouterGroup<SandboxContext>) {
    control.post("orders/:id/pay") { request, context in
      let body = try await request.instructions()
      return Response.json(try await pay(try context.parameters.require("id"), body))
    }
    control.post("payments/:id/refund") { request, context in
      let body = try await request.instructions()
      let (refund, events) = try await books.refund(
        try context.parameters.require("id"), request: amountOnly(body), key: nil)
      deliver(events, body)
      return Response.json(refund)
    }
    control.post("payments/:id/dispute") { request, context in
      let body = try await request.instructions()
      let (dispute, events) = try await books.dispute(
        try context.parameters.require("id"), outcome: body["outcome"]?.string ?? "created",
        amount: body["amount"]?.int)
      deliver(events, body)
      return Response.json(dispute)
    }
    control.post("refunds/:id/fail") { request, context in
      let body = try await request.instructions()
      let (refund, events) = try await books.failRefund(try context.parameters.require("id"))
      deliver(events, body)
      return Response.json(refund)
    }
    control.post("webhooks/:id/redeliver") { _, context in
      guard var webhook = await webhooks.queue.journal.webhook(.razorpay, id: try context.parameters.require("id"))
      else { throw ControlFailure("no such event", status: .notFound) }
      webhook.copies = 1
      webhook.delay = .zero
      webhooks.queue.send(webhook)
      return Response.noContent
    }
  }

  /// The answer holds what Checkout would give the page. It is signed even where the payment failed or is
  /// only authorized: a signature proves no capture.
  private func pay(_ orderID: String, _ body: JSON) async throws -> JSON {
    let named = body["outcome"]?.string ?? "captured"
    guard let outcome = RazorpayOutcome(rawValue: named) else {
      throw ControlFailure("outcome must be captured, authorized or failed")
    }
    let (paymentID, events) = try await books.attempt(
      orderID: orderID, outcome: outcome, email: body["email"]?.string ?? "customer@example.com",
      paymentID: body["payment_id"]?.string)
    deliver(events, body)
    return checkoutAnswer(orderID: orderID, paymentID: paymentID, keySecret: keySecret)
  }

  private func deliver(_ events: [RazorpayEvent], _ body: JSON) {
    webhooks.send(
      events, copies: body["webhooks"]?.int ?? 1, delay: .milliseconds(body["delay_ms"]?.int ?? 0))
  }

  private func amountOnly(_ body: JSON) -> JSON {
    body["amount"].map { ["amount": $0] } ?? [:]
  }
}

/// What Checkout hands to the page: both ids and their signature.
func checkoutAnswer(orderID: String, paymentID: String, keySecret: String) -> JSON {
  [
    "razorpay_order_id": .string(orderID), "razorpay_payment_id": .string(paymentID),
    "razorpay_signature": .string(hexHMAC(secret: keySecret, message: Array("\(orderID)|\(paymentID)".utf8))),
  ]
}
