import Application
import Domain
import FoundationEssentials
import Synchronization

/// Refunds and disputes in memory, under one lock, over the fakes of orders and wallets.
public final class InMemoryRefunds: RecordsRefunds {
  private struct Row {
    let id: RefundID
    let order: OrderID
    let paymentID: String
    var razorpayID: String?
    let money: Money
    var status = RefundStatus.requested
    let origin: RefundOrigin
    var talkTime: TalkTime?
    var held = TalkTime.zero
    var key: String?
    var tryAt: Date?

    var refund: Refund {
      Refund(
        id: id, order: order, paymentID: paymentID, razorpayID: razorpayID, money: money, status: status,
        origin: origin, talkTime: talkTime)
    }
  }

  private struct State {
    /// In their order.
    var rows: [Row] = []
    var credited: [OrderID: String] = [:]
    var disputes: [String: (order: OrderID, status: DisputeStatus)] = [:]
    var told = 0
  }

  private let orders: InMemoryOrders
  private let wallets: InMemoryWallets
  private let clock: FakeClock
  private let state = Mutex(State())

  public init(orders: InMemoryOrders, wallets: InMemoryWallets, clock: FakeClock) {
    self.orders = orders
    self.wallets = wallets
    self.clock = clock
  }

  /// How often `payment.refunded` was told.
  public var told: Int { state.withLock { $0.told } }

  public func request(_ request: RefundRequest) async throws(BillingError) -> Refund {
    guard let order = try await orders.order(request.order) else { throw .orderNotFound }
    return try state.withLock { state throws(BillingError) in
      let key = "\(request.actor) \(request.key)"
      if let made = state.rows.first(where: { $0.order == order.id && $0.key == key }) { return made.refund }
      guard let payment = state.credited[order.id] else { throw .notRefundable }
      let shares = shares(of: order, state)
      let amount = try Self.amount(request, shares, shares.value(ofUnspent: wallets.wallet(of: order.user).available))
      state.rows.append(
        Row(
          id: RefundID(UUID()), order: order.id, paymentID: payment, money: Money(amount, order.price.currency),
          origin: .operator, key: key, tryAt: clock.now() + 30))
      take(state.rows.count - 1, order, &state)
      return state.rows[state.rows.count - 1].refund
    }
  }

  public func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund {
    state.withLock { state in
      if let made = state.rows.first(where: { $0.paymentID == payment.id && $0.origin == .surplus }) {
        return made.refund
      }
      let row = Row(
        id: RefundID(UUID()), order: order.id, paymentID: payment.id,
        money: Money(payment.money.amount - payment.refunded, payment.money.currency), origin: .surplus,
        tryAt: clock.now() + 30)
      state.rows.append(row)
      return row.refund
    }
  }

  public func record(
    _ refund: GatewayRefund, of id: OrderID, cause: Cause
  ) async throws(BillingError) -> Refund {
    guard let order = try await orders.order(id) else { throw .orderNotFound }
    return state.withLock { state in
      let index = index(of: refund, order, &state)
      state.rows[index].razorpayID = refund.id
      move(index, to: RefundStatus(rawValue: refund.status.rawValue) ?? .pending, order, &state)
      return state.rows[index].refund
    }
  }

  public func refuse(_ refund: RefundID, cause: Cause) async throws(BillingError) -> Refund {
    guard let id = state.withLock({ state in state.rows.first { $0.id == refund }?.order }),
      let order = try await orders.order(id)
    else { throw .orderNotFound }
    return try state.withLock { state throws(BillingError) in
      guard let index = state.rows.firstIndex(where: { $0.id == refund }) else { throw .orderNotFound }
      guard state.rows[index].razorpayID == nil else { return state.rows[index].refund }
      move(index, to: .failed, order, &state)
      return state.rows[index].refund
    }
  }

  public func record(_ dispute: GatewayDispute, of id: OrderID, cause: Cause) async throws(BillingError) {
    guard let order = try await orders.order(id) else { throw .orderNotFound }
    state.withLock { state in
      if let known = state.disputes[dispute.id]?.status {
        guard known.isOpen, known != dispute.status, dispute.status != .created else { return }
      }
      state.disputes[dispute.id] = (id, dispute.status)
      wallets.setFreeze("dispute:\(dispute.id)", of: order.user, stands: dispute.status.isOpen)
      if dispute.status == .lost { lose(dispute, order, &state) }
      refreshStatus(order, state)
    }
  }

  public func takeDue(limit: Int) async throws(BillingError) -> [Refund] {
    let now = clock.now()
    return state.withLock { state in
      let due = state.rows.indices.filter { state.rows[$0].tryAt.map { $0 <= now } ?? false }.prefix(limit)
      for index in due { state.rows[index].tryAt = now + 30 }
      return due.map { state.rows[$0].refund }
    }
  }

  public func refunds(of order: OrderID) async throws(BillingError) -> [Refund] {
    state.withLock { state in state.rows.filter { $0.order == order }.map(\.refund) }
  }

  /// The payment was credited: refunds of it that were heard of before take their time now.
  func credited(_ payment: String, of order: Order) {
    state.withLock { state in
      state.credited[order.id] = payment
      for index in state.rows.indices
      where state.rows[index].paymentID == payment && state.rows[index].status != .failed {
        take(index, order, &state)
        if state.rows[index].status == .processed { settle(index, order, &state) }
      }
      refreshStatus(order, state)
    }
  }

  // MARK: steps

  private static func amount(
    _ request: RefundRequest, _ shares: RefundShares, _ value: Paise
  ) throws(BillingError) -> Paise {
    guard let asked = request.amount else {
      guard value >= Paise(100) else { throw .nothingToRefund }
      return value
    }
    guard shares.refundable > .zero else { throw .nothingToRefund }
    guard asked <= shares.refundable else { throw .refundExceedsPayment(left: shares.refundable) }
    guard request.force || asked <= value else { throw .refundExceedsUnspent(value: value) }
    return asked
  }

  private func standing(_ order: OrderID, _ state: State) -> [Int] {
    state.rows.indices.filter {
      state.rows[$0].order == order && state.rows[$0].talkTime != nil && state.rows[$0].status != .failed
    }
  }

  private func shares(of order: Order, _ state: State) -> RefundShares {
    RefundShares(
      talkTime: order.talkTime, paid: order.price.amount,
      amounts: standing(order.id, state).map { state.rows[$0].money.amount })
  }

  private func index(of refund: GatewayRefund, _ order: Order, _ state: inout State) -> Int {
    if let known = state.rows.firstIndex(where: { $0.razorpayID == refund.id }) { return known }
    if let id = refund.receipt.flatMap(RefundID.init),
      let asked = state.rows.firstIndex(where: { $0.id == id && $0.razorpayID == nil })
    {
      return asked
    }
    state.rows.append(
      Row(
        id: RefundID(UUID()), order: order.id, paymentID: refund.paymentID, money: refund.money, origin: .razorpay,
        tryAt: clock.now() + 30))
    return state.rows.count - 1
  }

  private func move(_ index: Int, to status: RefundStatus, _ order: Order, _ state: inout State) {
    let before = state.rows[index].status
    if status.rank > before.rank {
      state.rows[index].status = status
      state.rows[index].tryAt = status == .pending ? clock.now() + 3_600 : nil
    }
    let moved = state.rows[index].status
    guard state.rows[index].paymentID == state.credited[order.id] else { return }
    if state.rows[index].talkTime == nil, moved != .failed { take(index, order, &state) }
    guard moved != before else { return }
    if moved == .processed { settle(index, order, &state) }
    if moved == .failed { release(index, before, order, &state) }
    refreshStatus(order, state)
  }

  private func take(_ index: Int, _ order: Order, _ state: inout State) {
    let share = shares(of: order, state).share(of: state.rows[index].money.amount)
    state.rows[index].talkTime = share
    let held = min(share, wallets.wallet(of: order.user).available)
    state.rows[index].held = held
    guard held > .zero else { return }
    wallets.write("hold", "refund:\(state.rows[index].id)", of: order.user) { $0.hold(upTo: held).change }
  }

  private func settle(_ index: Int, _ order: Order, _ state: inout State) {
    let row = state.rows[index]
    state.told += 1
    guard let share = row.talkTime, share > .zero else { return }
    wallets.write("refund", "refund:\(row.id):settled", of: order.user) {
      $0.settle(charge: share, holds: row.held)
    }
  }

  private func release(_ index: Int, _ before: RefundStatus, _ order: Order, _ state: inout State) {
    let row = state.rows[index]
    guard let share = row.talkTime else { return }
    wallets.write("release", "refund:\(row.id):released", of: order.user) {
      before == .processed ? $0.credit(share) : $0.settle(charge: .zero, holds: row.held)
    }
    let others = standing(order.id, state)
    for (other, share) in zip(others, shares(of: order, state).shares) {
      let old = state.rows[other].talkTime ?? .zero
      state.rows[other].talkTime = share
      guard state.rows[other].status == .processed, old != share else { continue }
      wallets.write("refund", "refund:\(state.rows[other].id):reckoned", of: order.user) {
        share > old ? $0.debit(share - old) : $0.credit(old - share)
      }
    }
  }

  private func lose(_ dispute: GatewayDispute, _ order: Order, _ state: inout State) {
    let back = state.rows.filter { $0.paymentID == dispute.paymentID && $0.status != .failed }.map(\.money.amount)
    let amount = min(dispute.money.amount, order.price.amount - back.reduce(.zero, +))
    guard amount > .zero else { return }
    state.rows.append(
      Row(
        id: RefundID(UUID()), order: order.id, paymentID: dispute.paymentID,
        money: Money(amount, order.price.currency), origin: .dispute))
    let index = state.rows.count - 1
    let isCredited = state.credited[order.id] == dispute.paymentID
    if isCredited { take(index, order, &state) }
    state.rows[index].status = .processed
    if isCredited { settle(index, order, &state) }
  }

  private func refreshStatus(_ order: Order, _ state: State) {
    guard state.credited[order.id] != nil else { return }
    let back = standing(order.id, state).filter { state.rows[$0].status == .processed }
      .map { state.rows[$0].money.amount }.reduce(.zero, +)
    let isDisputed = state.disputes.values.contains { $0.order == order.id && $0.status.isOpen }
    let status: OrderStatus =
      isDisputed ? .disputed : back >= order.price.amount ? .refunded : back > .zero ? .partiallyRefunded : .paid
    orders.setStatus(status, of: order.id)
  }
}
