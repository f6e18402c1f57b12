import Application
import Domain
import PostgresDriver

/// Payments and the talk time that they credit.
public struct PostgresPaymentRepository: PaymentRepository {
  private let aggregates: PostgresOrderAggregateStore

  public init(database: PostgresPool) { aggregates = PostgresOrderAggregateStore(database: database) }

  public func capture(
    _ payment: GatewayPayment, of order: Order, cause: LedgerCause
  ) async throws(BillingError) -> PaymentCreditResult {
    let captured = try await aggregates.update(order.id, lookingAt: payment.id, cause: cause) { aggregate, _, _ in
      try aggregate.capture(payment)
    }
    return PaymentCreditResult(captured.value, balance: captured.wallet.balance)
  }

  public func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError) {
    _ = try await aggregates.update(order.id, lookingAt: payment.id, cause: "payment") { aggregate, _, _ in
      aggregate.note(payment, mismatch: mismatch)
    }
  }
}
