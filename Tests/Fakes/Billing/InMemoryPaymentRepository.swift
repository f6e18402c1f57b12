import Application
import Domain
import FoundationEssentials
import Synchronization

/// Payments, under one lock, with the rules of the table: one credit an order and a payment, a rank that only rises.
public final class InMemoryPaymentRepository: PaymentRepository {
  /// By rank.
  public enum Status: Int, Sendable { case mismatch, failed, authorized, captured, refunded }

  public struct Noted: Sendable {
    public var order: OrderID
    public var status: Status
    public var isCredited = false
  }

  private struct State {
    var payments: [String: Noted] = [:]
    var told: [any DomainEvent] = []
  }

  /// Whom the events are about.
  public var toldOf: [String] {
    state.withLock { state in
      state.told.compactMap { event in
        ((event as? PaymentCaptured)?.userID ?? (event as? PaymentFailed)?.userID)?.description
      }
    }
  }

  private let orders: InMemoryOrderRepository
  private let wallets: InMemoryWallets
  private let refunds: InMemoryRefundRepository?
  private let state = Mutex(State())

  public init(orders: InMemoryOrderRepository, wallets: InMemoryWallets, refunds: InMemoryRefundRepository? = nil) {
    self.orders = orders
    self.wallets = wallets
    self.refunds = refunds
  }

  public func payment(_ id: String) -> Noted? { state.withLock { $0.payments[id] } }

  /// The types of the events, in order.
  public var told: [String] { state.withLock { $0.told.map { type(of: $0).type } } }

  public func capture(
    _ payment: GatewayPayment, of order: Order, cause: Cause
  ) async throws(BillingError) -> CaptureResult {
    try state.withLock { state throws(BillingError) in
      let credited = state.payments.first { $0.value.order == order.id && $0.value.isCredited }?.key
      let before = state.payments[payment.id]
      let status = record(payment, order, payment.status == .refunded ? .refunded : .captured, &state).status
      guard order.sellsTalkTime else {
        orders.setStatus(.expired, of: order.id)
        return .surplus
      }
      // Whose it is now, and not when it was read.
      let user = orders.owner(of: order.id) ?? order.user
      let balance = wallets.wallet(of: user).balance
      if let credited { return credited == payment.id ? .credited(balance: balance) : .surplus }
      if status == .refunded || refunds?.goesBack(payment.id) == true { return .surplus }
      // Another order's credit stands: a payment buys one.
      guard before?.isCredited != true else { throw .unavailable }
      let wallet = wallets.write("purchase", "payment:\(payment.id)", of: user) { $0.credit(order.talkTime) }
      state.payments[payment.id]?.isCredited = true
      orders.setStatus(.paid, of: order.id)
      state.told.append(
        PaymentCaptured(
          userID: user, orderID: order.id.description, paymentID: payment.id, amount: payment.money.amount,
          currency: payment.money.currency, talkTime: order.talkTime))
      guard let refunds else { return .credited(balance: wallet.balance) }
      refunds.credited(payment, of: order)
      return .credited(balance: wallets.wallet(of: user).balance)
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
          PaymentFailed(userID: current.user, orderID: order.id.description, paymentID: payment.id))
      }
    }
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
