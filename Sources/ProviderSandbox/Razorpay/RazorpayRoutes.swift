import HTTPTypes
import Hummingbird

/// Razorpay's HTTP API under `/razorpay/v1`.
struct RazorpayRoutes: Sendable {
  let store: RazorpayStore
  let webhooks: RazorpayWebhooks

  func add(to v1: RouterGroup<SandboxContext>) {
    addOrders(to: v1)
    addPayments(to: v1)
    addRefunds(to: v1)
    addDisputes(to: v1)
  }

  private func addOrders(to v1: RouterGroup<SandboxContext>) {
    v1.post("orders") { request, _ in
      Response.json(try await store.createOrder(try await request.razorpayBody()))
    }
    v1.get("orders") { request, _ in
      Response.json(await store.listOrders(receipt: request.query("receipt"), page: try RazorpayPage(request)))
    }
    v1.get("orders/:id") { _, context in
      Response.json(try await store.order(try context.parameters.require("id")))
    }
    v1.patch("orders/:id") { request, context in
      let notes = try await request.razorpayBody()["notes"]
      return Response.json(try await store.editOrder(try context.parameters.require("id"), notes: notes))
    }
    v1.get("orders/:id/payments") { _, context in
      Response.json(try await store.payments(ofOrder: try context.parameters.require("id")))
    }
  }

  private func addPayments(to v1: RouterGroup<SandboxContext>) {
    v1.get("payments") { request, _ in
      Response.json(await store.listPayments(page: try RazorpayPage(request)))
    }
    v1.get("payments/:id") { _, context in
      Response.json(try await store.payment(try context.parameters.require("id")))
    }
    v1.patch("payments/:id") { request, context in
      let notes = try await request.razorpayBody()["notes"]
      return Response.json(try await store.editPayment(try context.parameters.require("id"), notes: notes))
    }
    v1.post("payments/:id/capture") { request, context in
      let id = try context.parameters.require("id")
      let (payment, events) = try await store.capture(id, request: try await request.razorpayBody())
      webhooks.send(events)
      return Response.json(payment)
    }
  }

  private func addRefunds(to v1: RouterGroup<SandboxContext>) {
    v1.post("payments/:id/refund") { request, context in
      try await refund(try context.parameters.require("id"), request, try await request.razorpayBody())
    }
    v1.post("refunds") { request, _ in
      let body = try await request.razorpayBody()
      guard let id = body["payment_id"]?.string else {
        throw RazorpayFailure.bad("The payment id field is required.", field: "payment_id")
      }
      return try await refund(id, request, body)
    }
    v1.get("payments/:id/refunds") { request, context in
      let id = try context.parameters.require("id")
      return Response.json(try await store.listRefunds(paymentID: id, page: try RazorpayPage(request)))
    }
    v1.get("refunds") { request, _ in
      Response.json(try await store.listRefunds(paymentID: nil, page: try RazorpayPage(request)))
    }
    v1.get("refunds/:id") { _, context in
      Response.json(try await store.refund(try context.parameters.require("id")))
    }
    v1.get("payments/:id/refunds/:refund") { _, context in
      let (id, refund) = (try context.parameters.require("id"), try context.parameters.require("refund"))
      return Response.json(try await store.refund(refund, ofPayment: id))
    }
    v1.patch("refunds/:id") { request, context in
      let notes = try await request.razorpayBody()["notes"]
      return Response.json(try await store.editRefund(try context.parameters.require("id"), notes: notes))
    }
  }

  private func refund(_ paymentID: String, _ request: Request, _ body: JSON) async throws -> Response {
    let (refund, events) = try await store.refund(paymentID, request: body, key: request.headers[.refundIdempotency])
    webhooks.send(events)
    return Response.json(refund)
  }

  private func addDisputes(to v1: RouterGroup<SandboxContext>) {
    v1.get("disputes") { request, _ in
      Response.json(await store.listDisputes(page: try RazorpayPage(request)))
    }
    v1.get("disputes/:id") { _, context in
      Response.json(try await store.dispute(try context.parameters.require("id")))
    }
  }
}

extension HTTPField.Name {
  static let refundIdempotency = HTTPField.Name("X-Refund-Idempotency") ?? .ifMatch
}

/// Basic credentials, checked as Razorpay does.
struct RazorpayKeyCheck: RouterMiddleware {
  let keyID: String
  let secret: String

  func handle(
    _ request: Request, context: SandboxContext, next: (Request, SandboxContext) async throws -> Response
  ) async throws -> Response {
    guard let given = basicCredentials(request.headers[.authorization]), given.name == keyID, given.secret == secret
    else { throw RazorpayFailure.unauthorized }
    return try await next(request, context)
  }
}
