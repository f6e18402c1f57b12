import Domain
import Foundation

@testable import BillingService

extension BillingOperations {
  static let operators: [Operation<Stage>] = [
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
