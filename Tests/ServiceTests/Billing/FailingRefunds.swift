import Application
import Domain

/// Refunds that cannot be reached.
struct FailingRefunds: RefundRepository {
  func request(_ request: RefundInstruction) async throws(BillingError) -> Refund { throw .unavailable }
  func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund {
    throw .unavailable
  }
  func returnAgain(
    _ payment: GatewayPayment, order: Order, _ auditNote: AuditNote
  ) async throws(BillingError) -> Refund { throw .unavailable }
  func waiting() async throws(BillingError) -> [WaitingRefund] { throw .unavailable }
  func record(_ refund: GatewayRefund, of order: OrderID, cause: LedgerCause) async throws(BillingError) -> Refund {
    throw .unavailable
  }
  func refuse(_ refund: RefundID, cause: LedgerCause) async throws(BillingError) -> Refund { throw .unavailable }
  func record(_ dispute: GatewayDispute, of order: OrderID, cause: LedgerCause) async throws(BillingError) {
    throw .unavailable
  }
  func claimDue(limit: Int) async throws(BillingError) -> [Refund] { throw .unavailable }
  func refunds(of order: OrderID) async throws(BillingError) -> [Refund] { throw .unavailable }
}
