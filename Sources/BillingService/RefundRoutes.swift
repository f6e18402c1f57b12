import Application
import Domain
import HTTPServing
import Hummingbird

/// /billing/orders/{id}/refund: an operator who has signed in recently refunds an order.
struct RefundRoutes: Sendable {
  let refunds: any RefundRepository
  let refund: RefundOrder
  let authenticator: Authenticator
  let answers: any IdempotencyStore
  let clock: any WallClock
  let caps: OperatorDailyCaps

  func add(to router: Router<HTTPRequestContext>) {
    let order = router.group("/billing/orders/:id").add(middleware: RequirePrincipal(authenticator))
    order.group().add(middleware: RequireOperator(.support)).get("refunds") { _, context in
      let id = try Self.order(context)
      return try json(Page(items: try await refunds.refunds(of: id).map(RefundResponse.init), nextCursor: nil))
    }
    order.group().add(middleware: RequireOperator(.finance, fresh: RequireOperator.recently, clock: clock))
      .post("refund") { request, context in try await send(request, context) }
  }

  private func send(_ request: Request, _ context: HTTPRequestContext) async throws -> Response {
    let id = try Self.order(context)
    let route = "POST /billing/orders/\(id)/refund"
    return try await idempotently(request, context, route: route, store: answers, required: true) { request in
      let body = try await request.decodeWholeJSON(Strict<RefundOrderRequest>.self).value
      if let amount = body.amount, amount < 100 {
        throw Problem.invalidField("amount", "A refund has at least 100 paise.")
      }
      if let reason = body.reason, Reason(reason) == nil { throw WalletAdministrationError.invalidReason }
      let principal = try context.requirePrincipal()
      let asked = RefundInstruction(
        order: id, amount: body.amount.map { Paise($0) }, force: body.force ?? false, reason: body.reason,
        actor: principal.userID, key: request.headers[.idempotencyKey] ?? "",
        dailyCap: caps.refunds(by: principal.role))
      return try json(RefundResponse(try await refund(asked)), status: .accepted)
    }
  }

  private static func order(_ context: HTTPRequestContext) throws(BillingError) -> OrderID {
    guard let id = context.parameters.get("id").flatMap({ OrderID(String($0)) }) else {
      throw .orderNotFound
    }
    return id
  }
}

struct RefundOrderRequest: StrictRequestBody {
  typealias Member = CodingKeys

  let amount: Int64?
  let force: Bool?
  let reason: String?

  enum CodingKeys: String, CodingKey, CaseIterable { case amount, force, reason }
}

struct RefundResponse: Encodable {
  let id, orderID, paymentID: String
  let razorpayID: String?
  let amount: Int64
  let currency, status, origin: String
  let talkTime: Int64?

  init(_ refund: Refund) {
    id = refund.id.description
    orderID = refund.order.description
    paymentID = refund.paymentID
    razorpayID = refund.razorpayID
    amount = refund.money.amount.count
    currency = refund.money.currency.code
    status = refund.status.rawValue
    origin = refund.origin.rawValue
    talkTime = refund.talkTime?.milliseconds
  }

  enum CodingKeys: String, CodingKey {
    case id, orderID = "order_id", paymentID = "razorpay_payment_id", razorpayID = "razorpay_refund_id", amount
    case currency, status, origin, talkTime = "talktime_ms"
  }
}
