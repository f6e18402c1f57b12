import HTTPTypes
import Hummingbird

/// Razorpay's HTTP API under `/razorpay/v1`.
struct RazorpayRoutes: Sendable {
  let books: RazorpayBooks
  let webhooks: RazorpayWebhooks

  func add(to v1: RouterGroup<SandboxContext>) {
    addOrders(to: v1)
    addPayments(to: v1)
    addRefunds(to: v1)
  }

  private func addOrders(to v1: RouterGroup<SandboxContext>) {
    v1.post("orders") { request, _ in
      Response.json(try await books.createOrder(try await body(request)))
    }
    v1.get("orders") { request, _ in
      Response.json(await books.listOrders(receipt: request.query("receipt"), page: try page(request)))
    }
    v1.get("orders/:id") { _, context in
      Response.json(try await books.order(try context.parameters.require("id")))
    }
    v1.patch("orders/:id") { request, context in
      let notes = try await body(request)["notes"]
      return Response.json(try await books.editOrder(try context.parameters.require("id"), notes: notes))
    }
    v1.get("orders/:id/payments") { _, context in
      Response.json(try await books.payments(ofOrder: try context.parameters.require("id")))
    }
  }

  private func addPayments(to v1: RouterGroup<SandboxContext>) {
    v1.get("payments") { request, _ in
      Response.json(await books.listPayments(page: try page(request)))
    }
    v1.get("payments/:id") { _, context in
      Response.json(try await books.payment(try context.parameters.require("id")))
    }
    v1.post("payments/:id/capture") { request, context in
      let id = try context.parameters.require("id")
      let (payment, events) = try await books.capture(id, request: try await body(request))
      webhooks.send(events)
      return Response.json(payment)
    }
  }

  private func addRefunds(to v1: RouterGroup<SandboxContext>) {
    v1.post("payments/:id/refund") { request, context in
      let id = try context.parameters.require("id")
      let (refund, events) = try await books.refund(
        id, request: try await body(request), key: request.headers[.refundIdempotency])
      webhooks.send(events)
      return Response.json(refund)
    }
    v1.get("payments/:id/refunds") { request, context in
      let id = try context.parameters.require("id")
      return Response.json(try await books.listRefunds(paymentID: id, page: try page(request)))
    }
    v1.get("refunds") { request, _ in
      Response.json(try await books.listRefunds(paymentID: nil, page: try page(request)))
    }
    v1.get("refunds/:id") { _, context in
      Response.json(try await books.refund(try context.parameters.require("id")))
    }
  }

  private func body(_ request: Request) async throws -> JSON {
    guard let json = try await request.json(), json.object != nil else {
      throw RazorpayFailure.bad("The request body is not valid JSON")
    }
    return json
  }

  private func page(_ request: Request) throws -> RazorpayPage {
    let count = request.query("count").map { Int($0) ?? 0 } ?? 10
    let skip = request.query("skip").map { Int($0) ?? -1 } ?? 0
    guard (1...100).contains(count) else { throw RazorpayFailure.bad("The count must be between 1 and 100.") }
    guard skip >= 0 else { throw RazorpayFailure.bad("The skip must be at least 0.") }
    return RazorpayPage(count: count, skip: skip)
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
