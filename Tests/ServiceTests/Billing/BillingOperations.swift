import Domain
import Foundation

@testable import BillingService

/// The operations of /billing, by route.
enum BillingOperations {
  typealias Stage = BillingStage

  static let all = shop + wallet + documents + operators

  static let nobody = "0d3f5b6e-5c0a-4b8e-9a55-3f1c2f9d7a10"

  static func away(_ call: @escaping @Sendable (Stage) async throws -> Call) -> Refusal<Stage> {
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
}
