import Application
import Domain
import FoundationEssentials
import Synchronization

/// Payments in memory, with the orders that they pay.
public final class InMemoryPaymentRepository: PaymentRepository {
  private let orders: InMemoryOrderRepository
  private let wallets: InMemoryWallets

  public init(orders: InMemoryOrderRepository, wallets: InMemoryWallets) {
    self.orders = orders
    self.wallets = wallets
  }

  public func payment(_ id: String) -> OrderPayment? {
    orders.payments.withLock { payments in payments.first { $0.id == id } }
  }

  /// The types of the events, in order.
  public var told: [String] { orders.events.withLock { $0.map { type(of: $0).type } } }

  /// The users of the events.
  public var toldOf: [String] {
    orders.events.withLock { events in
      events.compactMap { event in
        ((event as? PaymentCaptured)?.userID ?? (event as? PaymentFailed)?.userID)?.description
      }
    }
  }

  public func capture(
    _ payment: GatewayPayment, of order: Order, cause: LedgerCause
  ) async throws(BillingError) -> PaymentCreditResult {
    let captured = try orders.update(order.id, in: wallets) { account, _ throws(OrderAggregateError) in
      try account.capture(payment)
    }
    return PaymentCreditResult(captured.value, balance: captured.wallet.balance)
  }

  public func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError) {
    _ = try orders.update(order.id, in: wallets) { account, _ in account.note(payment, mismatch: mismatch) }
  }
}
