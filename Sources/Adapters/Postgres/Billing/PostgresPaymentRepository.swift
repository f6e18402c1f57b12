import Application
import Domain
import PostgresDriver

/// Payments and what they credit.
public struct PostgresPaymentRepository: PaymentRepository {
  private let accounts: OrderAccountStore

  public init(database: PostgresPool) { accounts = OrderAccountStore(database: database) }

  public func capture(
    _ payment: GatewayPayment, of order: Order, cause: Cause
  ) async throws(BillingError) -> CaptureResult {
    let captured = try await accounts.update(order.id, lookingAt: payment.id, cause: cause) { account, _, _ in
      try account.capture(payment)
    }
    return CaptureResult(captured.value, balance: captured.wallet.balance)
  }

  public func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError) {
    _ = try await accounts.update(order.id, lookingAt: payment.id, cause: "payment") { account, _, _ in
      account.note(payment, mismatch: mismatch)
    }
  }
}
