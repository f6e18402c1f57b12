import Application
import Domain
import FoundationEssentials
import Synchronization

/// Refunds and disputes in memory, with their orders.
public final class InMemoryRefundRepository: RefundRepository {
  private let orders: InMemoryOrderRepository
  private let wallets: InMemoryWallets
  private let clock: FakeClock
  private let refunded = DailyUse()

  public init(orders: InMemoryOrderRepository, wallets: InMemoryWallets, clock: FakeClock) {
    self.orders = orders
    self.wallets = wallets
    self.clock = clock
  }

  /// The number of `payment.refunded` events.
  public var told: Int { orders.events.withLock { events in events.count { $0 is PaymentRefunded } } }

  /// The payments of the `payment.returned` events.
  public var returned: [String] {
    orders.events.withLock { $0.compactMap { ($0 as? PaymentReturned)?.paymentID } }
  }

  public func request(_ request: RefundInstruction) async throws(BillingError) -> Refund {
    let now = clock.now()
    let refund = try orders.update(request.order, in: wallets) { account, wallet throws(OrderAggregateError) in
      let before = account
      let (refund, isRepeat) = try account.requestRefund(request, available: wallet.available, newID: Self.newID)
      guard let cap = request.dailyCap, !isRepeat else { return Refund?.some(refund) }
      if refunded.count(refund.money.amount.count, by: request.actor.description, at: now, below: cap.count) {
        return refund
      }
      account = before
      return nil
    }.value
    guard let refund else { throw .dailyCapReached }
    return refund
  }

  public func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund {
    try orders.update(order.id, in: wallets) { account, _ throws(OrderAggregateError) in
      try account.requestReturn(of: payment, newID: Self.newID)
    }.value
  }

  public func returnAgain(
    _ payment: GatewayPayment, order: Order, _ auditNote: AuditNote
  ) async throws(BillingError) -> Refund {
    try orders.update(order.id, in: wallets) { account, _ throws(OrderAggregateError) in
      try account.returnAgain(payment, newID: Self.newID)
    }.value
  }

  public func waiting() async throws(BillingError) -> [WaitingRefund] {
    orders.refunds.withLock { $0 }.compactMap { row in
      guard let aggregate = orders.aggregate(row.refund.refund.order),
        aggregate.waiting.contains(where: { $0.id == row.refund.id })
      else { return nil }
      return WaitingRefund(
        refund: row.refund.refund, user: aggregate.order.user, since: row.since, next: row.tryAt)
    }
  }

  public func record(
    _ refund: GatewayRefund, of id: OrderID, cause: LedgerCause
  ) async throws(BillingError) -> Refund {
    try orders.update(id, in: wallets) { account, _ in account.apply(refund, newID: Self.newID) }.value
  }

  public func refuse(_ refund: RefundID, cause: LedgerCause) async throws(BillingError) -> Refund {
    let found = orders.refunds.withLock { rows in rows.first { $0.refund.id == refund } }
    guard let found else { throw .orderNotFound }
    let refused = try orders.update(found.refund.refund.order, in: wallets) { account, _ in
      account.refuse(refund, newID: Self.newID)
    }.value
    guard let refused else { throw .orderNotFound }
    return refused
  }

  public func record(_ dispute: GatewayDispute, of id: OrderID, cause: LedgerCause) async throws(BillingError) {
    _ = try orders.update(id, in: wallets) { account, _ in account.apply(dispute, newID: Self.newID) }
  }

  public func claimDue(limit: Int) async throws(BillingError) -> [Refund] {
    let now = clock.now()
    return orders.refunds.withLock { rows in
      let due = rows.indices.filter { rows[$0].tryAt.map { $0 <= now } ?? false }.prefix(limit)
      for index in due { rows[index].tryAt = now + rows[index].refund.claim().seconds }
      return due.map { rows[$0].refund.refund }
    }
  }

  public func refunds(of order: OrderID) async throws(BillingError) -> [Refund] {
    orders.refunds.withLock { $0.map(\.refund.refund) }.filter { $0.order == order }
  }

  private static func newID() -> RefundID { RefundID(UUID()) }
}
