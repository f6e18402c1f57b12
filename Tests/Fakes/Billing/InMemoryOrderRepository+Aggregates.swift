import Application
import Domain
import FoundationEssentials
import Synchronization

/// An order with its payments, refunds and disputes, as a unit of work: the domain decides, and its result is stored.
extension InMemoryOrderRepository {
  /// - Returns: the result of `body`, and the wallet after it.
  /// - Throws: `orderNotFound`, and the errors of `body`; then nothing is stored.
  func update<Value>(
    _ id: OrderID, in wallets: InMemoryWallets,
    _ body: (inout OrderAggregate, Wallet) throws(OrderAggregateError) -> Value
  ) throws(BillingError) -> (value: Value, wallet: Wallet) {
    try rows.withLock { rows throws(BillingError) in
      guard let index = rows.firstIndex(where: { $0.order.id == id }) else { throw .orderNotFound }
      let row = rows[index]
      let all = refunds.withLock { $0.map(\.refund) }
      var aggregate = OrderAggregate(
        row.order, isPaid: row.isPaid, payments: payments.withLock { $0 },
        refunds: all.filter { $0.refund.order == id }, disputes: row.disputes,
        returnedElsewhere: Set(
          all.filter { $0.refund.order != id && $0.refund.origin == .surplus }.map(\.refund.paymentID)))
      let value: Value
      do throws(OrderAggregateError) {
        value = try body(&aggregate, wallets.wallet(of: row.order.user))
      } catch {
        throw BillingError(error)
      }
      rows[index].order = aggregate.order
      rows[index].isPaid = aggregate.isPaid
      rows[index].disputes = aggregate.disputes
      if aggregate.isClosed { rows[index].checkAt = nil }
      payments.withLock { $0 = aggregate.payments }
      for refund in aggregate.refunds { keep(refund) }
      wallets.apply(aggregate.steps, of: row.order.user)
      events.withLock { $0 += aggregate.events }
      return (value, wallets.wallet(of: row.order.user))
    }
  }

  private func keep(_ refund: OrderRefund) {
    let now = clock.now()
    let kept = OrderRefund(
      refund.refund, wasRefused: refund.wasRefused, requestedBy: refund.requestedBy, key: refund.key,
      reason: refund.reason)
    refunds.withLock { rows in
      let known = rows.firstIndex { $0.refund.id == refund.id }
      let index = known ?? rows.count
      if known == nil { rows.append(RefundRow(refund: kept, since: now)) }
      rows[index].refund = kept
      switch refund.question {
      case .asBefore: break
      case .never: rows[index].tryAt = nil
      case .after(let pause): rows[index].tryAt = now + pause.seconds
      }
    }
  }

  /// The aggregate of one order, for lists over all orders.
  func aggregate(_ id: OrderID) -> OrderAggregate? {
    rows.withLock { rows in rows.first { $0.order.id == id } }.map { row in
      OrderAggregate(
        row.order, isPaid: row.isPaid, payments: payments.withLock { $0 },
        refunds: refunds.withLock { $0.map(\.refund) }.filter { $0.refund.order == id }, disputes: row.disputes)
    }
  }
}
