import Domain
import Foundation

@testable import BillingService

/// The operations of /billing, by route.
enum BillingOperations {
  typealias Stage = BillingStage

  static let all = shop + wallet + documents + operators

  private static let nobody = "0d3f5b6e-5c0a-4b8e-9a55-3f1c2f9d7a10"

  private static func away(_ call: @escaping @Sendable (Stage) async throws -> Call) -> Refusal<Stage> {
    Refusal(503, "billing_unavailable", "the database away") { stage in
      let call = try await call(stage)
      stage.ports.orders = FailingOrders()
      (stage.ports.webhooks, stage.ports.refunds) = (FailingInbox(), FailingRefunds())
      (stage.ports.wallet, stage.ports.wallets) = (FailingWallets(), FailingWallets())
      (stage.ports.statements, stage.ports.operatorActions) = (FailingWallets(), FailingWallets())
      stage.ports.figures = FailingWallets()
      return call
    }
  }

  private static func place(_ body: String = "{\"pack_id\":\"ten-minutes\"}") -> @Sendable (inout Stage) -> Call {
    { stage in .post("/billing/orders", stage.serving.token, body: body) }
  }

  private static func invalidOrder(_ what: String, _ members: String) -> Refusal<Stage> {
    Refusal(400, "invalid_request", what) { stage in
      place("{\"pack_id\":\"ten-minutes\",\(members)}")(&stage)
    }
  }

  private static let shop: [Operation<Stage>] = [
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

  private static let wallet: [Operation<Stage>] = [
    Operation(
      "GET /billing/balance", 200, Guard.signedIn, { stage in .get("/billing/balance", stage.serving.token) },
      [
        away { stage in .get("/billing/balance", stage.serving.token) },
        Refusal(400, "invalid_request", "no moment") { stage in
          .get("/billing/balance?at=yesterday", stage.serving.token)
        },
        Refusal(400, "invalid_request", "a moment to come") { stage in
          .get("/billing/balance?at=2099-01-01T00:00:00Z", stage.serving.token)
        },
      ]),
    list(
      "/billing/ledger",
      [
        Refusal(400, "invalid_request", "something else to include") { stage in
          .get("/billing/ledger?include=hold", stage.serving.token)
        }
      ]),
    list("/billing/transactions"),
    Operation(
      "GET /billing/statement", 200, Guard.signedIn.union([.page]),
      { stage in
        try await stage.settledMonth()
        return .get("/billing/statement?month=\(stage.month)", stage.serving.token)
      },
      [
        away { stage in .get("/billing/statement?month=\(stage.month)", stage.serving.token) },
        Refusal(503, "billing_unavailable", "a ledger that does not add up") { stage in
          stage.ports.statements = UnbalancedStatements()
          return .get("/billing/statement?month=\(stage.month)", stage.serving.token)
        },
        noMonth("no month", ""), noMonth("an empty month", "?month="), noMonth("a thirteenth month", "?month=2026-13"),
        noMonth("a month of one digit", "?month=2026-1"), noMonth("a day", "?month=2026-11-01"),
        noMonth("a year before 1970", "?month=1969-12"), noMonth("a month to come", "?month=2099-01"),
      ]),
  ]

  private static func noMonth(_ what: String, _ query: String) -> Refusal<Stage> {
    Refusal(400, "invalid_request", what) { stage in .get("/billing/statement\(query)", stage.serving.token) }
  }

  private static func list(_ path: String, _ more: [Refusal<Stage>] = []) -> Operation<Stage> {
    Operation(
      "GET \(path)", 200, Guard.signedIn.union([.page]), { stage in .get(path, stage.serving.token) },
      [
        away { stage in .get(path, stage.serving.token) },
        Refusal(406, "not_acceptable", "a wish for a picture") { stage in
          .get(path, stage.serving.token).with("accept", "image/png")
        },
      ] + more)
  }

  private static let documents: [Operation<Stage>] = [
    Operation(
      "GET /billing/transactions/{id}/receipt", 200, Guard.signedIn,
      { stage in .get("/billing/transactions/\(try await stage.paidOrder().id)/receipt", stage.serving.token) },
      documentRefusals("receipt") + [
        picture("receipt"),
        Refusal(409, "not_paid", "an order that waits") { stage in
          .get("/billing/transactions/\(try await stage.order().id)/receipt", stage.serving.token)
        },
      ]),
    notes("credit-notes"), note("credit-notes", "CN2627-0000001"),
    notes("debit-notes"), note("debit-notes", "DN2627-0000001"),
  ]

  private static func notes(_ kind: String) -> Operation<Stage> {
    Operation(
      "GET /billing/transactions/{id}/\(kind)", 200, Guard.signedIn,
      { stage in .get("/billing/transactions/\(try await stage.paidOrder().id)/\(kind)", stage.serving.token) },
      documentRefusals(kind))
  }

  private static func note(_ kind: String, _ number: String) -> Operation<Stage> {
    Operation(
      "GET /billing/transactions/{id}/\(kind)/{number}", 200, Guard.signedIn,
      { stage in
        let order = try await stage.paidOrder()
        stage.documents.returned(Paise(100), of: order.id, id: "refund", razorpayID: nil)
        let list = "/billing/transactions/\(order.id)/credit-notes"
        _ = try await stage.answer(.get(list, stage.serving.token))
        stage.documents.sentBack("refund")
        return .get("/billing/transactions/\(order.id)/\(kind)/\(number)", stage.serving.token)
      },
      documentRefusals("\(kind)/\(number)") + [
        picture("\(kind)/\(number)"),
        Refusal(404, "not_found", "no number") { stage in
          .get("/billing/transactions/\(try await stage.paidOrder().id)/\(kind)/one", stage.serving.token)
        },
        Refusal(404, "not_found", "a number that is not there") { stage in
          .get("/billing/transactions/\(try await stage.paidOrder().id)/\(kind)/\(number)", stage.serving.token)
        },
      ])
  }

  private static func picture(_ path: String) -> Refusal<Stage> {
    Refusal(406, "not_acceptable", "a wish for a picture") { stage in
      .get("/billing/transactions/\(try await stage.paidOrder().id)/\(path)", stage.serving.token)
        .with("accept", "image/png")
    }
  }

  private static func documentRefusals(_ path: String) -> [Refusal<Stage>] {
    [
      away { stage in .get("/billing/transactions/\(try await stage.paidOrder().id)/\(path)", stage.serving.token) },
      Refusal(404, "not_found", "no id") { stage in .get("/billing/transactions/1/\(path)", stage.serving.token) },
      Refusal(404, "not_found", "another's order") { stage in
        .get(
          "/billing/transactions/\(try await stage.paidOrder().id)/\(path)", stage.serving.token(of: UserID(UUID())))
      },
    ]
  }

  private static let operators: [Operation<Stage>] = [
    Operation(
      "GET /billing/orders/{id}/refunds", 200, Guard.operators,
      { stage in .get("/billing/orders/\(try await stage.order().id)/refunds", stage.serving.operatorToken) },
      [
        away { stage in .get("/billing/orders/\(try await stage.order().id)/refunds", stage.serving.operatorToken) },
        Refusal(404, "not_found", "no id") { stage in .get("/billing/orders/1/refunds", stage.serving.operatorToken) },
      ]),
    Operation(
      "POST /billing/orders/{id}/refund", 202, paying.union([.idempotencyKey, .requiredIdempotencyKey, .json]),
      { stage in refund(try await stage.paidOrder(), stage) },
      [
        away { stage in refund(try await stage.paidOrder(), stage) },
        Refusal(400, "invalid_request", "less than a rupee") { stage in
          refund(try await stage.paidOrder(), stage, "{\"amount\":99}")
        },
        Refusal(400, "invalid_request", "a reason of two lines") { stage in
          refund(try await stage.paidOrder(), stage, #"{"reason":"one\ntwo"}"#)
        },
        Refusal(400, "invalid_request", "a misspelt amount") { stage in
          refund(try await stage.paidOrder(), stage, #"{"ammount":100}"#)
        },
        Refusal(400, "invalid_body", "a broken number") { stage in
          refund(try await stage.paidOrder(), stage, "{\"amount\":1e3}")
        },
        Refusal(404, "not_found", "no id") { stage in
          .post("/billing/orders/1/refund", stage.serving.operatorToken, body: "{}", key: "key")
        },
        Refusal(404, "not_found", "no order") { stage in
          .post("/billing/orders/\(nobody)/refund", stage.serving.operatorToken, body: "{}", key: "key")
        },
        Refusal(409, "not_refundable", "an order that waits") { stage in refund(try await stage.order(), stage) },
        Refusal(409, "nothing_to_refund", "an order that went back") { stage in
          let order = try await stage.paidOrder()
          _ = try await stage.answer(refund(order, stage).with("idempotency-key", "first"))
          return refund(order, stage)
        },
        Refusal(409, "refund_exceeds_payment", "more than was paid") { stage in
          refund(try await stage.paidOrder(), stage, "{\"amount\":20000,\"force\":true}")
        },
        Refusal(409, "refund_exceeds_unspent", "time that was talked away") { stage in
          let order = try await stage.paidOrder()
          stage.wallets.write("settlement", "talk", of: stage.serving.user) { $0.debit(.minutes(5)) }
          return refund(order, stage, "{\"amount\":19900}")
        },
        Refusal(403, "daily_cap_reached", "more than an operator with the role finance may refund") { stage in
          stage.settings = try Stage.settings(["OPERATOR_DAILY_REFUND_PAISE": "10000"])
          return refund(try await stage.paidOrder(), stage, "{\"amount\":10001}").signed(
            stage.serving.operatorToken(.finance))
        },
        Refusal(409, "refund_refused", "a refund that Razorpay refuses") { stage in
          let order = try await stage.paidOrder()
          stage.gateway.failRefunds(with: .refused(code: "BAD_REQUEST_ERROR"))
          return refund(order, stage)
        },
      ]),
    Operation(
      "GET /billing/wallets/{user_id}", 200, Guard.operators,
      { stage in .get("/billing/wallets/\(stage.serving.user)", stage.serving.operatorToken) },
      walletRefusals { path, stage in .get("/billing/wallets/\(path)", stage.serving.operatorToken) }),
    Operation(
      "GET /billing/wallets/{user_id}/ledger", 200, Guard.operators.union([.page]),
      { stage in
        stage.wallets.write("grant", "operator:welcome", of: stage.serving.user) { $0.credit(.seconds(10)) }
        return .get("/billing/wallets/\(stage.serving.user)/ledger", stage.serving.operatorToken)
      },
      walletRefusals { path, stage in .get("/billing/wallets/\(path)/ledger", stage.serving.operatorToken) } + [
        Refusal(400, "invalid_request", "something else to include") { stage in
          .get("/billing/wallets/\(stage.serving.user)/ledger?include=hold", stage.serving.operatorToken)
        }
      ]),
    Operation(
      "GET /billing/wallets/{user_id}/orders", 200, Guard.operators.union([.page]),
      { stage in
        _ = try await stage.paidOrder()
        return .get("/billing/wallets/\(stage.serving.user)/orders", stage.serving.operatorToken)
      },
      walletRefusals { path, stage in .get("/billing/wallets/\(path)/orders", stage.serving.operatorToken) }),
    Operation(
      "GET /billing/figures", 200, Guard.operators,
      { stage in
        try await stage.settledMonth()
        return .get("/billing/figures", stage.serving.operatorToken)
      },
      [
        away { stage in .get("/billing/figures", stage.serving.operatorToken) },
        Refusal(400, "invalid_request", "no days") { stage in
          .get("/billing/figures?days=0", stage.serving.operatorToken)
        },
        Refusal(400, "invalid_request", "too many days") { stage in
          .get("/billing/figures?days=93", stage.serving.operatorToken)
        },
        Refusal(400, "invalid_request", "no number of days") { stage in
          .get("/billing/figures?days=", stage.serving.operatorToken)
        },
      ]),
    Operation(
      "GET /billing/operator-actions", 200, Guard.operators.union([.page]),
      { stage in
        let (actor, user) = (UserID(UUID()).description, stage.serving.user.description)
        stage.operatorActions.note("wallet.grant", by: actor, on: user, reason: "a test")
        stage.operatorActions.note("stream.replay", by: "cli:asha", on: "ended-1-0")
        return .get("/billing/operator-actions", stage.serving.operatorToken)
      },
      [
        away { stage in .get("/billing/operator-actions", stage.serving.operatorToken) },
        Refusal(400, "invalid_request", "no operator") { stage in
          .get("/billing/operator-actions?operator_id=asha", stage.serving.operatorToken)
        },
        Refusal(400, "invalid_request", "no user") { stage in
          .get("/billing/operator-actions?user_id=1", stage.serving.operatorToken)
        },
      ]),
    correction("grants"), correction("adjustments"), freeze("freeze"), freeze("thaw"),
  ]

  private static let moving = Guard.adminOperators.union([.recentSignIn])
  private static let paying = Guard.financeOperators.union([.recentSignIn])

  private static func refund(_ order: Order, _ stage: Stage, _ body: String = "{}") -> Call {
    .post("/billing/orders/\(order.id)/refund", stage.serving.operatorToken, body: body, key: "key")
  }

  private static func walletRefusals(
    _ call: @escaping @Sendable (_ user: String, Stage) -> Call
  ) -> [Refusal<Stage>] {
    [
      away { stage in call(stage.serving.user.description, stage) },
      Refusal(404, "not_found", "no id") { stage in call("1", stage) },
      Refusal(404, "not_found", "no user") { stage in call(nobody, stage) },
    ]
  }

  private static let capped = Refusal<Stage>(
    403, "daily_cap_reached", "more than an operator with the role finance may grant"
  ) { stage in
    .post(
      "/billing/wallets/\(stage.serving.user)/grants", stage.serving.operatorToken(.finance),
      body: "{\"talktime_ms\":60001,\"reason\":\"a test\"}", key: "key")
  }

  private static func correction(_ route: String) -> Operation<Stage> {
    let good = "{\"talktime_ms\":60000,\"reason\":\"a test\"}"
    @Sendable func post(_ user: String, _ stage: Stage, _ body: String = good) -> Call {
      .post("/billing/wallets/\(user)/\(route)", stage.serving.operatorToken, body: body, key: "key")
    }
    return Operation(
      "POST /billing/wallets/{user_id}/\(route)", 200,
      (route == "grants" ? paying : moving).union([.idempotencyKey, .requiredIdempotencyKey, .json]),
      { stage in post(stage.serving.user.description, stage) },
      walletRefusals { user, stage in post(user, stage) } + (route == "grants" ? [capped] : []) + [
        Refusal(400, "invalid_body", "a broken number") { stage in
          post(stage.serving.user.description, stage, "{\"talktime_ms\":1.5,\"reason\":\"a test\"}")
        },
        Refusal(400, "invalid_request", "no time") { stage in
          post(stage.serving.user.description, stage, "{\"talktime_ms\":0,\"reason\":\"a test\"}")
        },
        Refusal(400, "invalid_request", "no reason") { stage in
          post(stage.serving.user.description, stage, "{\"talktime_ms\":60000,\"reason\":\"\"}")
        },
        Refusal(422, "idempotency_key_reused", "a key of another correction") { stage in
          // The stored answer is deleted after a day, and the ledger's reference stays.
          let user = stage.serving.user.description
          let other = post(user, stage, "{\"talktime_ms\":120000,\"reason\":\"a test\"}")
          _ = try await stage.answer(other)
          stage.serving.clock.advance(.seconds(2 * 86_400))
          return post(user, stage)
        },
      ])
  }

  private static func freeze(_ route: String) -> Operation<Stage> {
    @Sendable func post(_ user: String, _ stage: Stage, _ body: String = "{\"reason\":\"a test\"}") -> Call {
      .post("/billing/wallets/\(user)/\(route)", stage.serving.operatorToken, body: body)
    }
    return Operation(
      "POST /billing/wallets/{user_id}/\(route)", 200, moving.union([.json]),
      { stage in post(stage.serving.user.description, stage) },
      walletRefusals { user, stage in post(user, stage) } + [
        Refusal(400, "invalid_request", "no reason") { stage in
          post(stage.serving.user.description, stage, "{\"reason\":\"\"}")
        }
      ])
  }
}
