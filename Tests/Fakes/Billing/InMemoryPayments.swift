import Application
import Domain
import FoundationEssentials
import Synchronization

/// Payments and the wallets that they credit, under one lock, with the rules of the table: one credit an order and a
/// payment, a rank that only rises, a ledger that only grows.
public final class InMemoryPayments: RecordsPayments, ReadsWallet {
  /// By rank.
  public enum Status: Int, Sendable { case mismatch, failed, authorized, captured, refunded }

  public struct Noted: Sendable {
    public var order: OrderID
    public var status: Status
    public var isCredited = false
  }

  private struct State {
    var payments: [String: Noted] = [:]
    var wallets: [UserID: Wallet] = [:]
    var lines: [(user: UserID, line: LedgerLine)] = []
    var told: [any DomainEvent] = []
  }

  private let orders: InMemoryOrders
  private let clock: FakeClock
  private let state = Mutex(State())

  public init(orders: InMemoryOrders, clock: FakeClock = FakeClock()) {
    self.orders = orders
    self.clock = clock
  }

  public func payment(_ id: String) -> Noted? { state.withLock { $0.payments[id] } }

  /// The types of the events, in order.
  public var told: [String] { state.withLock { $0.told.map { type(of: $0).type } } }

  public func capture(
    _ payment: GatewayPayment, of order: Order, cause: String
  ) async throws(BillingError) -> CaptureAnswer {
    try state.withLock { state throws(BillingError) in
      let credited = state.payments.first { $0.value.order == order.id && $0.value.isCredited }?.key
      let before = state.payments[payment.id]
      let status = record(payment, order, payment.status == .refunded ? .refunded : .captured, &state).status
      let wallet = state.wallets[order.user] ?? .empty
      if let credited { return credited == payment.id ? .credited(balance: wallet.balance) : .surplus }
      if status == .refunded { return .surplus }
      // Another order's credit stands: a payment buys one.
      guard before?.isCredited != true else { throw .unavailable }
      write(.purchase, order.talkTime, "payment:\(payment.id)", of: order.user, &state) { $0.credit(order.talkTime) }
      state.payments[payment.id]?.isCredited = true
      orders.setStatus(.paid, of: order.id)
      state.told.append(
        PaymentCaptured(
          userID: order.user, orderID: order.id.description, paymentID: payment.id, amount: payment.money.amount,
          currency: payment.money.currency, talkTime: order.talkTime))
      return .credited(balance: state.wallets[order.user]?.balance ?? .zero)
    }
  }

  public func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError) {
    let current = try await orders.order(order.id)
    state.withLock { state in
      let isPaid = state.payments.values.contains { $0.order == order.id && $0.isCredited }
      let status: Status = mismatch ? .mismatch : payment.status == .failed ? .failed : .authorized
      let isNew = record(payment, order, status, &state).isNew
      guard !isPaid, !mismatch, let current else { return }
      if [.creating, .created, .failed].contains(current.status) {
        orders.setStatus(status == .failed ? .failed : .authorized, of: order.id)
      }
      if isNew, status == .failed {
        state.told.append(
          PaymentFailed(userID: order.user, orderID: order.id.description, paymentID: payment.id))
      }
    }
  }

  public func balance(of user: UserID) async throws(BillingError) -> Balance {
    Balance(wallet: state.withLock { $0.wallets[user] } ?? .empty, isFrozen: false)
  }

  public func ledger(
    of user: UserID, limit: Int, after: String?, includeHolds: Bool
  ) async throws(BillingError) -> (items: [LedgerLine], next: String?) {
    let cursor = after.flatMap { Int64($0) } ?? .max
    let lines = state.withLock { $0.lines }.filter { entry in
      entry.user == user && entry.line.id < cursor && (includeHolds || !["hold", "release"].contains(entry.line.kind))
    }.map(\.line).reversed()
    let page = Array(lines.prefix(limit))
    return (page, lines.count > limit ? page.last.map { String($0.id) } : nil)
  }

  /// What a talk does to the wallet, for the ledger's sake.
  public func hold(_ time: TalkTime, of user: UserID, reference: String) {
    state.withLock { state in write(.hold, time, reference, of: user, &state) { $0.hold(upTo: time).change } }
  }

  private enum Kind: String { case purchase, hold }

  private func write(
    _ kind: Kind, _ time: TalkTime, _ reference: String, of user: UserID, _ state: inout State,
    _ move: (inout Wallet) -> Wallet.Change
  ) {
    let change = move(&state.wallets[user, default: .empty])
    let line = LedgerLine(
      id: Int64(state.lines.count + 1), kind: kind.rawValue, amount: change.available + change.held,
      balanceAfter: state.wallets[user, default: .empty].balance, reference: reference, createdAt: clock.now())
    state.lines.append((user, line))
  }

  private func record(
    _ payment: GatewayPayment, _ order: Order, _ status: Status, _ state: inout State
  ) -> (status: Status, isNew: Bool) {
    guard var noted = state.payments[payment.id] else {
      state.payments[payment.id] = Noted(order: order.id, status: status)
      return (status, true)
    }
    if noted.status.rawValue < status.rawValue {
      noted.status = status
      if !noted.isCredited { noted.order = order.id }
      state.payments[payment.id] = noted
    }
    return (noted.status, false)
  }
}
