import Domain
import Foundation

@testable import BillingService

extension BillingOperations {
  static let wallet: [Operation<Stage>] = [
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
}
