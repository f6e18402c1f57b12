import Domain
import Foundation

@testable import BillingService

extension BillingOperations {
  static let documents: [Operation<Stage>] = [
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
}
