import Application
import Domain
import FoundationEssentials
import Synchronization

/// Statements of the wallets in memory, with the orders and the documents that they name.
public struct InMemoryStatementReader: StatementReader {
  private let wallets: InMemoryWallets
  private let orders: InMemoryOrderRepository
  private let documents: any DocumentReader

  public init(
    wallets: InMemoryWallets, orders: InMemoryOrderRepository,
    documents: any DocumentReader = InMemoryDocumentRepository()
  ) {
    self.wallets = wallets
    self.orders = orders
    self.documents = documents
  }

  public func statement(
    of user: UserID, from start: Date, until end: Date, limit: Int, after: Int64?
  ) async throws(BillingError) -> StatementRecord {
    let own = wallets.state.withLock { $0.entries }.filter { $0.user == user }
    let now = wallets.clock.now()
    // Everything is before a moment to come, whatever the clock said when it was written.
    func count(before moment: Date) -> Int {
      moment > now ? own.count : own.prefix { $0.line.createdAt < moment }.count
    }
    let first = count(before: start)
    let period = own.prefix(count(before: end)).dropFirst(first)
    let opening = own.prefix(first).last?.after ?? .empty
    var changes: [LedgerEntryKind: Wallet.Change] = [:]
    var (lines, closing) = ([StatementLine](), opening)
    for entry in period {
      guard let kind = LedgerEntryKind(rawValue: entry.line.kind) else { throw .unavailable }
      let before = closing
      closing = entry.after
      changes[kind] =
        changes[kind, default: .nothing]
        + Wallet.Change(
          available: closing.available - before.available, held: closing.held - before.held,
          owed: closing.owed - before.owed)
      let moves = entry.line.amount != .zero || entry.line.owedChange != .zero
      guard moves || ![.hold, .release].contains(kind) else { continue }
      let subject = LedgerSubject(kind: kind, reference: entry.line.reference)
      lines.append(StatementLine(entry: entry.line, subject: try await self.subject(subject, own)))
    }
    let rest = lines.filter { $0.entry.id > after ?? 0 }
    let page = Array(rest.prefix(limit))
    return StatementRecord(
      opening: opening, closing: closing, changes: changes, money: Self.money(lines), lines: page,
      next: rest.count > limit ? page.last?.entry.id : nil)
  }

  private func subject(
    _ subject: LedgerSubject, _ own: [InMemoryWallets.Entry]
  ) async throws(BillingError) -> StatementLine.Subject {
    switch subject {
    case .payment(let id):
      let payment = orders.payments.withLock { payments in payments.first { $0.id == id } }
      guard let order = orders.all.first(where: { $0.id == payment?.order }) else { return .other }
      let receipt = try await documents.receipt(of: order.id)
      return .payment(
        StatementPayment(kind: .payment, order: order.id, money: order.price, document: receipt?.number))
    case .refund(let id), .recomputedRefund(let id, _):
      guard let refund = refund(id), let part = part(subject, of: refund) else { return .other }
      let notes = try await documents.creditNotes(of: refund.order)
      return .payment(Self.payment(.refund, refund, part, notes))
    case .returnedRefund(let id):
      guard let refund = refund(id), let part = part(subject, of: refund) else { return .other }
      let notes = try await documents.debitNotes(of: refund.order)
      return .payment(Self.payment(.returnedRefund, refund, part, notes))
    case .talk(let session):
      let hold = own.first { $0.line.reference == "session:\(session):slice:1" }
      return .talk(StatementTalk(session: session, startedAt: hold?.line.createdAt))
    case .other: return .other
    }
  }

  private func refund(_ id: RefundID) -> Refund? {
    orders.refunds.withLock { rows in rows.first { $0.refund.id == id }?.refund.refund }
  }

  /// The part of the order's price that the entry moved.
  private func part(_ subject: LedgerSubject, of refund: Refund) -> Paise? {
    let refunds = orders.refunds.withLock { rows in rows.map(\.refund.refund) }.filter { $0.order == refund.order }
    let amounts = Dictionary(refunds.map { ($0.id, $0.money.amount) }) { first, _ in first }
    let price = orders.all.first { $0.id == refund.order }?.price.amount ?? .zero
    let entries = wallets.state.withLock { $0.entries }.map { entry in
      LedgerSubject(kind: LedgerEntryKind(rawValue: entry.line.kind), reference: entry.line.reference)
    }
    return RefundedPrice(price: price, amounts: amounts, entries: entries).parts[subject]
  }

  private static func payment(
    _ kind: StatementPayment.Kind, _ refund: Refund, _ part: Paise, _ notes: [TaxDocument]
  ) -> StatementPayment {
    let note = notes.first { $0.credit?.refundID == refund.id.description }
    return StatementPayment(
      kind: kind, order: refund.order, money: Money(part, refund.money.currency), document: note?.number)
  }

  private static func money(_ lines: [StatementLine]) -> [StatementMoney] {
    let payments = lines.compactMap { line -> StatementPayment? in
      if case .payment(let payment) = line.subject { payment } else { nil }
    }
    func amounts(_ kind: StatementPayment.Kind) -> [Money] { payments.filter { $0.kind == kind }.map(\.money) }
    return StatementMoney.sums(
      paid: amounts(.payment), refunded: amounts(.refund), returned: amounts(.returnedRefund))
  }
}
