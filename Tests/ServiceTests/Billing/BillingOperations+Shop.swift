import Domain
import Foundation

@testable import BillingService

extension BillingOperations {
  private static func place(_ body: String = "{\"pack_id\":\"ten-minutes\"}") -> @Sendable (inout Stage) -> Call {
    { stage in .post("/billing/orders", stage.serving.token, body: body) }
  }

  private static func invalidOrder(_ what: String, _ members: String) -> Refusal<Stage> {
    Refusal(400, "invalid_request", what) { stage in
      place("{\"pack_id\":\"ten-minutes\",\(members)}")(&stage)
    }
  }

  static let shop: [Operation<Stage>] = [
    Operation("GET /billing/packs", 200, [], { _ in .get("/billing/packs") }, [away { _ in .get("/billing/packs") }]),
    Operation(
      "POST /billing/orders", 201, Guard.signedIn.union([.rateLimit, .idempotencyKey, .json]), place(),
      [
        away { stage in .post("/billing/orders", stage.serving.token, body: "{\"pack_id\":\"ten-minutes\"}") },
        Refusal(400, "invalid_request", "no pack") { stage in place("{}")(&stage) },
        Refusal(400, "invalid_request", "an unknown pack") { stage in place("{\"pack_id\":\"none\"}")(&stage) },
        invalidOrder("no GSTIN", "\"gstin\":\"27\""), invalidOrder("no state", "\"state\":\"Atlantis\""),
        invalidOrder("another state", "\"state\":\"29\",\"gstin\":\"27AAPFU0939F1ZV\""),
        invalidOrder("a long name", "\"name\":\"\(String(repeating: "n", count: 101))\""),
        invalidOrder("a long address", "\"address\":\"\(String(repeating: "a", count: 301))\""),
        Refusal(400, "invalid_request", "no state where the seller needs one") { stage in
          stage.settings = try Stage.settings(["BUYER_STATE_REQUIRED": "true"])
          return place()(&stage)
        },
        Refusal(409, "too_many_open_orders", "an order that waits") { stage in
          _ = try await stage.order()
          return place()(&stage)
        },
        Refusal(422, "idempotency_key_reused", "a key of another order") { stage in
          stage.ports.orders = FailingOrders(error: .keyReused)
          return place()(&stage)
        },
      ]),
    Operation(
      "GET /billing/orders/{id}", 200, Guard.signedIn,
      { stage in .get("/billing/orders/\(try await stage.order().id)", stage.serving.token) },
      [
        away { stage in .get("/billing/orders/\(try await stage.order().id)", stage.serving.token) },
        Refusal(404, "not_found", "no id") { stage in .get("/billing/orders/1", stage.serving.token) },
        Refusal(404, "not_found", "no order") { stage in .get("/billing/orders/\(nobody)", stage.serving.token) },
        Refusal(404, "not_found", "another's order") { stage in
          .get("/billing/orders/\(try await stage.order().id)", stage.serving.token(of: UserID(UUID())))
        },
      ]),
    Operation(
      "GET /billing/buyer", 200, Guard.signedIn, { stage in .get("/billing/buyer", stage.serving.token) },
      [away { stage in .get("/billing/buyer", stage.serving.token) }]),
    Operation(
      "POST /billing/payments/verify", 200, Guard.signedIn.union([.rateLimit, .json]),
      { stage in
        let order = try await stage.order()
        _ = stage.pay(order)
        return .post("/billing/payments/verify", stage.serving.token, body: stage.verification(order))
      },
      [
        away { stage in
          let order = try await stage.order()
          return .post("/billing/payments/verify", stage.serving.token, body: stage.verification(order))
        },
        Refusal(400, "invalid_request", "no payment") { stage in
          .post("/billing/payments/verify", stage.serving.token, body: "{}")
        },
        Refusal(400, "invalid_signature", "another signature") { stage in
          let order = try await stage.order()
          return .post(
            "/billing/payments/verify", stage.serving.token, body: stage.verification(order, signature: "none"))
        },
        Refusal(404, "not_found", "another's order") { stage in
          let order = try await stage.order()
          return .post(
            "/billing/payments/verify", stage.serving.token(of: UserID(UUID())), body: stage.verification(order))
        },
        Refusal(409, "payment_mismatch", "a payment that Razorpay does not have") { stage in
          let order = try await stage.order()
          return .post("/billing/payments/verify", stage.serving.token, body: stage.verification(order))
        },
      ]),
    Operation(
      "POST /billing/webhooks/razorpay", 200, [],
      { _ in .post("/billing/webhooks/razorpay", body: "{}").with("x-razorpay-signature", "{}") },
      [
        away { _ in .post("/billing/webhooks/razorpay", body: "{}").with("x-razorpay-signature", "{}") },
        Refusal(401, "invalid_signature", "no signature") { _ in .post("/billing/webhooks/razorpay", body: "{}") },
        Refusal(401, "invalid_signature", "another signature") { _ in
          .post("/billing/webhooks/razorpay", body: "{}").with("x-razorpay-signature", "none")
        },
        Refusal(413, "body_too_large", "a body of more than a mebibyte") { _ in
          .post("/billing/webhooks/razorpay", body: String(repeating: "x", count: 1 << 20 + 1))
            .with("x-razorpay-signature", "none")
        },
      ]),
  ]
}
