import Application
import Domain
import PostgresDriver

/// Payments and the talk time that they credit.
public struct PostgresPaymentRepository: PaymentRepository {
  private let aggregates: OrderAggregateStore

  public init(database: PostgresPool) { aggregates = OrderAggregateStore(database: database) }

  public func capture(
    _ payment: GatewayPayment, of order: Order, cause: LedgerCause
  ) async throws(BillingError) -> CaptureResult {
    let captured = try await aggregates.update(order.id, lookingAt: payment.id, cause: cause) { aggregate, _, _ in
      try aggregate.capture(payment)
    }
    return CaptureResult(captured.value, balance: captured.wallet.balance)
  }

  public func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError) {
    _ = try await aggregates.update(order.id, lookingAt: payment.id, cause: "payment") { aggregate, _, _ in
      aggregate.note(payment, mismatch: mismatch)
    }
  }
}
