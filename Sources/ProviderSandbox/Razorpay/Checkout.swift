import Hummingbird

/// The payment window: a script for the merchant's page, and the page that it frames.
struct Checkout: Sendable {
  let store: RazorpayStore
  let webhooks: RazorpayWebhooks
  let keyID: String
  let keySecret: String

  func add(to group: RouterGroup<SandboxContext>) {
    group.get("checkout.js") { _, _ in Response.script(checkoutScript) }
    group.get("v1/checkout.js") { _, _ in Response.script(checkoutScript) }
    group.get("checkout") { request, _ in
      guard let order = try? await store.order(request.query("order_id") ?? "") else {
        return Response.html(checkoutPage(title: "This order does not exist", amount: "", order: ""), status: .notFound)
      }
      return Response.html(
        checkoutPage(
          title: request.query("name") ?? "Payment", amount: rupees(order["amount"]?.int ?? 0),
          order: order["id"]?.string ?? ""))
    }
    group.post("checkout/attempts") { request, _ in
      Response.json(try await attempt(try await request.instructions()))
    }
  }

  private func attempt(_ body: JSON) async throws -> JSON {
    guard body["key"]?.string == keyID else { throw RazorpayFailure.unauthorized }
    guard let orderID = body["order_id"]?.string,
      let outcome = body["outcome"]?.string.flatMap(RazorpayOutcome.init)
    else { throw RazorpayFailure.bad("order_id and outcome are required") }
    let (paymentID, events) = try await store.attempt(
      orderID: orderID, outcome: outcome, email: body["email"]?.string ?? "customer@example.com")
    webhooks.send(events)
    guard outcome != .failed else {
      return [
        "error": [
          "code": "BAD_REQUEST_ERROR", "description": "Payment failed due to insufficient balance in your account",
          "source": "customer", "step": "payment_authorization", "reason": "payment_failed",
          "metadata": ["order_id": .string(orderID), "payment_id": .string(paymentID)],
        ]
      ]
    }
    return checkoutAnswer(orderID: orderID, paymentID: paymentID, keySecret: keySecret)
  }
}

/// Paise as rupees, such as `₹499.00`.
private func rupees(_ paise: Int) -> String {
  let rest = paise % 100
  return "₹\(paise / 100).\(rest < 10 ? "0" : "")\(rest)"
}

/// Text that is safe in HTML and in its attributes.
func escaped(_ text: String) -> String {
  text.reduce(into: "") { result, character in
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.append(character)
    }
  }
}
