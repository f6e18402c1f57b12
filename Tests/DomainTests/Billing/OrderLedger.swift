import Domain
import FoundationEssentials

/// An order's aggregate beside the wallet that its steps move, as a store keeps both.
struct OrderLedger {
  let user = UserID(UUID())
  private(set) var aggregate: OrderAggregate
  private(set) var wallet = Wallet.empty
  private(set) var references: [String] = []
  private(set) var told: [String] = []
  private(set) var freezes: Set<FreezeCause> = []
  private var holds: [String: TalkTime] = [:]

  /// Ten minutes (600,000 ms) for 19,900 paise.
  init(talkTime: TalkTime = .minutes(10), price: Int64 = 19_900, isOwnerGone: Bool = false) {
    aggregate = OrderAggregate(
      Order(
        id: OrderID(UUID()), user: user, packID: "ten-minutes", talkTime: talkTime, price: Money(Paise(price)),
        status: .created, razorpayOrderID: "order_1", createdAt: Date(timeIntervalSince1970: 0)),
      isOwnerGone: isOwnerGone)
  }

  var status: OrderStatus { aggregate.order.status }
  var refunds: [Refund] { aggregate.refunds.map(\.refund) }

  func payment(_ status: GatewayPaymentStatus = .captured, id: String = "pay_1", amount: Int64? = nil) -> GatewayPayment
  {
    GatewayPayment(
      id: id, orderID: "order_1", status: status,
      money: amount.map { Money(Paise($0)) } ?? aggregate.order.price)
  }

  // MARK: reports

  @discardableResult
  mutating func capture(_ payment: GatewayPayment? = nil) throws -> OrderAggregate.Capture {
    let payment = payment ?? self.payment()
    return try step { aggregate, _ throws(OrderAggregateError) in try aggregate.capture(payment) }
  }

  mutating func note(_ payment: GatewayPayment, mismatch: Bool = false) {
    step { aggregate, _ in aggregate.note(payment, mismatch: mismatch) }
  }

  @discardableResult
  mutating func request(_ amount: Int64? = nil, force: Bool = true, key: String = UUID().uuidString) throws -> Refund {
    let request = RefundInstruction(
      order: aggregate.order.id, amount: amount.map { Paise($0) }, force: force, reason: nil, actor: user, key: key)
    return try step { aggregate, wallet throws(OrderAggregateError) in
      try aggregate.requestRefund(request, available: wallet.available, newID: Self.newID).refund
    }
  }

  mutating func sendBack(_ payment: GatewayPayment) throws -> Refund {
    try step { aggregate, _ throws(OrderAggregateError) in
      try aggregate.requestReturn(of: payment, newID: Self.newID)
    }
  }

  @discardableResult
  mutating func tell(_ status: GatewayRefund.Status, _ refund: Refund) -> Refund {
    let record = GatewayRefund(
      id: "rfnd_\(refund.id)", paymentID: refund.paymentID, money: refund.money, status: status,
      receipt: refund.id.description)
    return step { aggregate, _ in aggregate.apply(record, newID: Self.newID) }
  }

  /// A refund from the dashboard.
  @discardableResult
  mutating func tell(
    _ status: GatewayRefund.Status, _ amount: Int64, id: String, of payment: String = "pay_1"
  ) -> Refund {
    let record = GatewayRefund(
      id: id, paymentID: payment, money: Money(Paise(amount)), status: status, receipt: nil)
    return step { aggregate, _ in aggregate.apply(record, newID: Self.newID) }
  }

  mutating func refuse(_ refund: Refund) { _ = step { aggregate, _ in aggregate.refuse(refund.id, newID: Self.newID) } }

  mutating func dispute(_ status: DisputeStatus, _ amount: Int64, id: String = "disp_1", of payment: String = "pay_1") {
    let dispute = GatewayDispute(id: id, paymentID: payment, money: Money(Paise(amount)), status: status)
    step { aggregate, _ in aggregate.apply(dispute, newID: Self.newID) }
  }

  /// Takes a talk's charge from the wallet.
  mutating func talk(_ time: TalkTime) { _ = wallet.debit(time) }

  // MARK: results

  private static func newID() -> RefundID { RefundID(UUID()) }

  private mutating func step<Value, Refusal: Error>(
    _ body: (inout OrderAggregate, Wallet) throws(Refusal) -> Value
  ) throws(Refusal) -> Value {
    var next = aggregate
    let value = try body(&next, wallet)
    for step in next.steps { move(step) }
    told += next.events.map { type(of: $0).type }
    aggregate = OrderAggregate(
      next.order, isPaid: next.isPaid, payments: next.payments,
      refunds: next.refunds.map {
        OrderRefund(
          $0.refund, wasRefused: $0.wasRefused, requestedBy: $0.requestedBy, key: $0.key, reason: $0.reason)
      }, disputes: next.disputes, isOwnerGone: next.isOwnerGone)
    return value
  }

  private mutating func move(_ step: LedgerInstruction) {
    switch step {
    case .credit(let time, _, let reference, _):
      _ = wallet.credit(time)
      references.append(reference)
    case .debit(let time, _, let reference, _):
      _ = wallet.debit(time)
      references.append(reference)
    case .giveBack(let time, let reference):
      _ = wallet.credit(time)
      references.append(reference)
    case .hold(let wanted, let reference, let purpose):
      holds[purpose, default: .zero] += wallet.hold(upTo: wanted).amount
      references.append(reference)
    case .settle(let charge, _, let reference, let purpose):
      _ = wallet.settle(charge: charge, holds: holds.removeValue(forKey: purpose) ?? .zero)
      references.append(reference)
    case .freeze(let cause, _): freezes.insert(cause)
    case .thaw(let cause): freezes.remove(cause)
    }
  }
}
