import Application
import Domain
import HTTPServing
import HTTPTypes
import Hummingbird

/// /billing: the packs on sale, orders, and the verification of their payments.
struct OrderRoutes: Sendable {
  let orders: any OrderRepository
  let buyers: any BuyerProfileReader
  let asksForState: Bool
  let place: PlaceOrder
  let verify: VerifyPayment
  let authenticator: Authenticator
  let limits: RouteLimits
  let kept: any IdempotencyStore
  let answer: OrderResponseComposer

  func add(to router: Router<HTTPRequestContext>) {
    let billing = router.group("/billing")
    billing.get("packs") { _, _ in
      try json(Page(items: try await orders.packs().map(PackResponse.init), nextCursor: nil))
    }
    let own = billing.group().add(middleware: RequirePrincipal(authenticator))
    own.get("orders/:id") { _, context in try await show(context) }
    own.get("buyer") { _, context in
      let user = try context.requirePrincipal().userID
      let kept = try await buyers.buyer(of: user)
      return try json(BuyerResponse(kept ?? .unknown, asksForState: asksForState))
    }
    limits.limited(own, "orders", 30, per: .seconds(3_600), of: .user).post("orders") { request, context in
      try await idempotently(request, context, route: "POST /billing/orders", store: kept) { request in
        try await placeOrder(request, context)
      }
    }
    limits.limited(own, "verify_payment", 60, per: .seconds(300), of: .user).post("payments/verify") {
      request, context in try await verifyPayment(request, context)
    }
  }

  private func placeOrder(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let body = try await request.decodeJSON(PlaceOrderRequest.self)
    let wanted = OrderRequest(
      user: try context.requirePrincipal().userID, packID: body.packID, buyer: try body.buyer(),
      billTo: try body.billTo(),
      key: HTTPField.Name("idempotency-key").flatMap { request.headers[$0] })
    return try json(answer(try await place(wanted)), status: .created)
  }

  private func show(_ context: HTTPRequestContext) async throws -> Response {
    let user = try context.requirePrincipal().userID
    guard let id = context.parameters.get("id").flatMap({ OrderID(String($0)) }),
      let order = try await orders.order(id), order.user == user
    else { throw BillingError.orderNotFound }
    return try json(answer(order))
  }

  private func verifyPayment(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let user = try context.requirePrincipal().userID
    let body = try await request.decodeJSON(VerifyPaymentRequest.self)
    let answer = VerifyPaymentResponse(
      try await verify(
        order: body.order, payment: body.payment, signature: body.signature, by: user, request: context.requestID))
    return try json(answer, status: answer.status == .pending ? .accepted : .ok)
  }
}
