import Application
import Domain
import FoundationEssentials

/// The figures of the wallets and orders in memory.
public struct InMemoryBillingFigures: BillingFiguresReader {
  private let wallets: InMemoryWallets
  private let orders: InMemoryOrderRepository

  public init(wallets: InMemoryWallets, orders: InMemoryOrderRepository) {
    self.wallets = wallets
    self.orders = orders
  }

  public func figures(of days: StatementDays) async throws(BillingError) -> BillingFigures {
    var (paid, settled): ([BillingFigures.Paid], [Int: TalkTime]) = ([], [:])
    for line in wallets.state.withLock({ $0.entries }).map(\.line) {
      guard let day = days.place(of: line.createdAt) else { continue }
      let kind = LedgerEntryKind(rawValue: line.kind)
      if kind == .settlement { settled[day, default: .zero] += line.net }
      guard case .payment(let id) = LedgerSubject(kind: kind, reference: line.reference),
        let payment = orders.payments.withLock({ payments in payments.first { $0.id == id } }),
        let order = orders.all.first(where: { $0.id == payment.order })
      else { continue }
      paid.append(BillingFigures.Paid(day: day, orders: 1, price: order.price, talkTime: order.talkTime))
    }
    let refunded = orders.refunds.withLock { $0 }.compactMap { row -> BillingFigures.Refunded? in
      let refund = row.refund.refund
      guard refund.status == .processed, let day = days.place(of: row.since) else { return nil }
      return BillingFigures.Refunded(day: day, refunds: 1, origin: refund.origin, money: refund.money)
    }
    return BillingFigures(paid: paid, refunded: refunded, settled: settled)
  }
}
