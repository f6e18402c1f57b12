import Application
import Domain
import FoundationEssentials
import Synchronization

/// Refunds and disputes in memory, under one lock, over the fakes of orders and wallets.
public final class InMemoryRefundRepository: RefundRepository {
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
    var attempt = 1
    var asked = 0
    var wasRefused = false
    var since = Date.distantPast

    var refund: Refund {
      Refund(
        id: id, order: order, paymentID: paymentID, razorpayID: razorpayID, money: money, status: status,
        origin: origin, talkTime: talkTime, attempt: attempt, asked: asked)
    }
  }

  private struct State {
    /// In their order.
    var rows: [Row] = []
    var credited: [OrderID: String] = [:]
    var disputes: [String: (dispute: GatewayDispute, order: OrderID)] = [:]
    /// What was paid with each payment that is known.
    var paid: [String: Paise] = [:]
    var told = 0
    var returned: [String] = []
  }

  private let orders: InMemoryOrderRepository
  private let wallets: InMemoryWallets
  private let clock: FakeClock
  private let state = Mutex(State())

  public init(orders: InMemoryOrderRepository, wallets: InMemoryWallets, clock: FakeClock) {
    self.orders = orders
    self.wallets = wallets
    self.clock = clock
  }

  /// How often `payment.refunded` was told.
  public var told: Int { state.withLock { $0.told } }

  /// The payments that `payment.returned` told of.
  public var returned: [String] { state.withLock { $0.returned } }

  public func request(_ request: RefundRequest) async throws(BillingError) -> Refund {
    guard let order = try await orders.order(request.order) else { throw .orderNotFound }
    return try state.withLock { state throws(BillingError) in
      let key = "\(request.actor) \(request.key)"
      if let made = state.rows.first(where: { $0.order == order.id && $0.key == key }) { return made.refund }
      guard let payment = state.credited[order.id] else { throw .notRefundable }
      let shares = shares(of: order, state)
      let amount = try Self.amount(
        request, shares, shares.value(ofUnspent: wallets.wallet(of: order.user).available),
        left: left(of: payment, order.price.amount, state))
      state.rows.append(
        Row(
          id: RefundID(UUID()), order: order.id, paymentID: payment, money: Money(amount, order.price.currency),
          origin: .operator, key: key, tryAt: clock.now() + 30))
      take(state.rows.count - 1, order, &state)
      return state.rows[state.rows.count - 1].refund
    }
  }

  public func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund {
    try state.withLock { state throws(BillingError) in
      guard state.credited[order.id] != payment.id else { throw .notRefundable }
      let returns = returns(of: payment.id, state)
      if let made = returns.last(where: { $0.status != .failed }) ?? returns.last { return made.refund }
      return insertReturn(of: payment, order, attempt: 1, &state)
    }
  }

  public func returnAgain(
    _ payment: GatewayPayment, order: Order, _ auditNote: AuditNote
  ) async throws(BillingError) -> Refund {
    try state.withLock { state throws(BillingError) in
      let returns = returns(of: payment.id, state)
      guard let credited = state.credited[order.id] ?? (returns.isEmpty ? nil : ""), credited != payment.id else {
        throw .notRefundable
      }
      if let standing = returns.last(where: { $0.status != .failed }) { return standing.refund }
      return insertReturn(of: payment, order, attempt: (returns.last?.attempt ?? 0) + 1, &state)
    }
  }

  public func waiting() async throws(BillingError) -> [WaitingRefund] {
    state.withLock { state in
      state.rows.filter { row in
        if row.status == .requested { return true }
        guard row.origin == .surplus, row.status == .failed else { return false }
        let returns = returns(of: row.paymentID, state)
        return returns.last?.id == row.id && returns.allSatisfy { $0.status == .failed }
          && left(of: row.paymentID, row.money.amount, state) > .zero
      }.map {
        WaitingRefund(
          refund: $0.refund, user: orders.owner(of: $0.order) ?? UserID(UUID()), since: $0.since, next: $0.tryAt)
      }
    }
  }

  /// A payment that was begun to be sent back is never credited.
  func goesBack(_ payment: String) -> Bool { state.withLock { !returns(of: payment, $0).isEmpty } }

  public func record(
    _ refund: GatewayRefund, of id: OrderID, cause: Cause
  ) async throws(BillingError) -> Refund {
    guard let order = try await orders.order(id) else { throw .orderNotFound }
    return state.withLock { state in
      let index = index(of: refund, order, &state)
      let row = state.rows[index]
      let revived = row.razorpayID == nil && row.wasRefused && row.status == .failed
      state.rows[index].razorpayID = refund.id
      if revived {
        guard refund.status != .failed else { return state.rows[index].refund }
        state.rows[index].status = .requested
        state.rows[index].talkTime = nil
      }
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
      state.rows[index].wasRefused = true
      return state.rows[index].refund
    }
  }

  public func record(_ dispute: GatewayDispute, of id: OrderID, cause: Cause) async throws(BillingError) {
    guard let order = try await orders.order(id) else { throw .orderNotFound }
    state.withLock { state in
      if let known = state.disputes[dispute.id]?.dispute.status {
        guard known.isOpen, known != dispute.status, dispute.status != .created else { return }
      }
      state.disputes[dispute.id] = (dispute, id)
      wallets.setFreeze("dispute:\(dispute.id)", of: order.user, stands: dispute.status.isOpen)
      if dispute.status == .lost {
        let isCredited = state.credited[order.id] == dispute.paymentID
        // A return that waits has sent nothing yet: the bank was faster.
        let waiting = state.rows.indices.filter { index in
          let row = state.rows[index]
          return !isCredited && row.paymentID == dispute.paymentID && row.origin == .surplus
            && row.status == .requested
        }
        for index in waiting { state.rows[index].status = .failed }
        takeLost(of: dispute.paymentID, order, &state)
        for index in waiting { state.rows[index].status = .requested }
        if !isCredited { arrangeReturn(of: dispute.paymentID, order, &state) }
      }
      refreshStatus(order, state)
    }
  }

  public func claimDue(limit: Int) async throws(BillingError) -> [Refund] {
    let now = clock.now()
    return state.withLock { state in
      let due = state.rows.indices.filter { state.rows[$0].tryAt.map { $0 <= now } ?? false }.prefix(limit)
      for index in due {
        state.rows[index].tryAt = now + 30
        state.rows[index].asked += 1
      }
      return due.map { state.rows[$0].refund }
    }
  }

  public func refunds(of order: OrderID) async throws(BillingError) -> [Refund] {
    state.withLock { state in state.rows.filter { $0.order == order }.map(\.refund) }
  }

  /// The payment was credited: refunds of it that were heard of before take their time now.
  func credited(_ payment: GatewayPayment, of order: Order) {
    state.withLock { state in
      state.credited[order.id] = payment.id
      state.paid[payment.id] = payment.money.amount
      for index in state.rows.indices
      where state.rows[index].paymentID == payment.id && state.rows[index].status != .failed {
        take(index, order, &state)
        if state.rows[index].status == .processed { settle(index, order, &state) }
      }
      refreshStatus(order, state)
    }
  }

  // MARK: steps

  private static func amount(
    _ request: RefundRequest, _ shares: RefundShares, _ value: Paise, left: Paise
  ) throws(BillingError) -> Paise {
    guard let asked = request.amount else {
      guard value >= Paise(100) else { throw .nothingToRefund }
      return value
    }
    guard shares.refundable > .zero else { throw .nothingToRefund }
    let left = max(shares.refundable, left)
    guard asked <= left else { throw .refundExceedsPayment(left: left) }
    guard request.force || asked <= value || value == shares.refundable else {
      throw .refundExceedsUnspent(value: value)
    }
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
    guard state.rows[index].paymentID == state.credited[order.id] else {
      if moved == .failed, moved != before { takeLost(of: state.rows[index].paymentID, order, &state) }
      if moved == .processed, moved != before, owesBack(state.rows[index].paymentID, order, state) {
        state.returned.append(state.rows[index].paymentID)
      }
      return arrangeReturn(of: state.rows[index].paymentID, order, &state)
    }
    if state.rows[index].talkTime == nil, moved != .failed { take(index, order, &state) }
    guard moved != before else { return }
    if moved == .processed { settle(index, order, &state) }
    if moved == .failed {
      release(index, before, order, &state)
      takeLost(of: state.rows[index].paymentID, order, &state)
    }
    refreshStatus(order, state)
  }

  private func take(_ index: Int, _ order: Order, _ state: inout State) {
    let share = shares(of: order, state).share(of: state.rows[index].money.amount)
    state.rows[index].talkTime = share
    let held = min(share, wallets.wallet(of: order.user).available)
    state.rows[index].held = held
    guard held > .zero else { return }
    let again = state.rows[index].wasRefused ? ":again" : ""
    wallets.write("hold", "refund:\(state.rows[index].id)\(again)", of: order.user) { $0.hold(upTo: held).change }
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
    let reference = "refund:\(row.id)"
    if before == .processed {
      wallets.write("refund", reference + ":returned", of: order.user) { $0.credit(share) }
    } else if row.held > .zero {
      wallets.write("release", reference + (row.wasRefused ? ":again:released" : ":released"), of: order.user) {
        $0.settle(charge: .zero, holds: row.held)
      }
    }
    let others = standing(order.id, state)
    for (other, share) in zip(others, shares(of: order, state).shares) {
      let old = state.rows[other].talkTime ?? .zero
      state.rows[other].talkTime = share
      guard state.rows[other].status == .processed, old != share else { continue }
      wallets.write("refund", "refund:\(state.rows[other].id):reckoned:\(row.id)", of: order.user) {
        share > old ? $0.debit(share - old) : $0.credit(old - share)
      }
    }
  }

  private func returns(of payment: String, _ state: State) -> [Row] {
    state.rows.filter { $0.paymentID == payment && $0.origin == .surplus }
  }

  private func insertReturn(
    of payment: GatewayPayment, _ order: Order, attempt: Int, _ state: inout State
  ) -> Refund {
    state.paid[payment.id] = payment.money.amount
    state.rows.append(
      Row(
        id: RefundID(UUID()), order: order.id, paymentID: payment.id,
        money: Money(payment.unreturned, payment.money.currency), origin: .surplus, tryAt: clock.now() + 30,
        attempt: attempt, since: clock.now()))
    return state.rows[state.rows.count - 1].refund
  }

  private func left(of payment: String, _ price: Paise, _ state: State) -> Paise {
    let back = state.rows.filter { $0.paymentID == payment && $0.status != .failed }.map(\.money.amount)
    return max(.zero, (state.paid[payment] ?? price) - back.reduce(.zero, +))
  }

  private func owesBack(_ payment: String, _ order: Order, _ state: State) -> Bool {
    if let credited = state.credited[order.id] { return credited != payment }
    return !order.sellsTalkTime || !returns(of: payment, state).isEmpty
  }

  private func arrangeReturn(of payment: String, _ order: Order, _ state: inout State) {
    let attempt = returns(of: payment, state).last?.attempt ?? 0
    let hasFailed = state.rows.contains { $0.paymentID == payment && $0.status == .failed }
    guard attempt > 0 || hasFailed && owesBack(payment, order, state) else { return }
    let waiting = state.rows.lastIndex {
      $0.paymentID == payment && $0.origin == .surplus && $0.status == .requested
    }
    var left = left(of: payment, order.price.amount, state)
    if let waiting {
      // What others took is more than this one leaves room for.
      let standing = state.rows.filter { $0.paymentID == payment && $0.status != .failed }.map(\.money.amount)
      guard standing.reduce(.zero, +) > state.paid[payment] ?? order.price.amount else { return }
      left = max(
        .zero,
        (state.paid[payment] ?? order.price.amount) - standing.reduce(.zero, +) + state.rows[waiting].money.amount)
      state.rows[waiting].status = .failed
      state.rows[waiting].wasRefused = true
      state.rows[waiting].tryAt = nil
    }
    guard left > .zero, let pause = attempt > 0 ? ReturnSchedule.pause(after: attempt) : .zero else { return }
    state.rows.append(
      Row(
        id: RefundID(UUID()), order: order.id, paymentID: payment, money: Money(left, order.price.currency),
        origin: .surplus, tryAt: clock.now() + Double(pause.components.seconds), attempt: attempt + 1,
        since: clock.now()))
  }

  private func takeLost(of payment: String, _ order: Order, _ state: inout State) {
    let lost = state.disputes.values.filter { $0.dispute.paymentID == payment && $0.dispute.status == .lost }
      .map(\.dispute.money.amount).reduce(.zero, +)
    let taken = state.rows.filter { $0.paymentID == payment && $0.origin == .dispute && $0.status != .failed }
      .map(\.money.amount).reduce(.zero, +)
    let amount = min(lost - taken, left(of: payment, order.price.amount, state))
    guard amount > .zero else { return }
    state.rows.append(
      Row(
        id: RefundID(UUID()), order: order.id, paymentID: payment, money: Money(amount, order.price.currency),
        origin: .dispute))
    let index = state.rows.count - 1
    let isCredited = state.credited[order.id] == payment
    if isCredited { take(index, order, &state) }
    state.rows[index].status = .processed
    if isCredited { settle(index, order, &state) }
  }

  private func refreshStatus(_ order: Order, _ state: State) {
    guard state.credited[order.id] != nil else { return }
    let back = standing(order.id, state).filter { state.rows[$0].status == .processed }
      .map { state.rows[$0].money.amount }.reduce(.zero, +)
    let isDisputed = state.disputes.values.contains { $0.order == order.id && $0.dispute.status.isOpen }
    let status: OrderStatus =
      isDisputed ? .disputed : back >= order.price.amount ? .refunded : back > .zero ? .partiallyRefunded : .paid
    orders.setStatus(status, of: order.id)
  }
}
