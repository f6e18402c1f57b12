/// An order with its payments, refunds and disputes: the rules for what each report of Razorpay means for it.
///
/// An operation changes the rows. Its `steps` and `events` say what changes for the user's wallet and for the rest of
/// the system. The caller loads the aggregate under the order's lock and stores all three in one transaction. Nothing
/// here waits, reads a clock or makes an identifier.
public struct OrderAggregate: Sendable {
  public internal(set) var order: Order
  /// Whether talk time was ever credited for the order.
  public internal(set) var isPaid: Bool
  /// The order's own payments, and the payments under examination, which may be stored under another order.
  public internal(set) var payments: [OrderPayment]
  /// The refunds in the order in which they were stored. In this order they share the order's talk time.
  public internal(set) var refunds: [OrderRefund]
  public internal(set) var disputes: [OrderDispute]
  /// The ids of payments that a return under another order sends back.
  public let returnedElsewhere: Set<String>
  /// Whether the account of the order was deleted. A payment that was not credited before goes back.
  public let isOwnerGone: Bool
  /// Whether the order was closed: no user is asked to pay it any more.
  public internal(set) var isClosed = false
  /// The changes of the user's wallet, in this order.
  public internal(set) var steps: [LedgerInstruction] = []
  public internal(set) var events: [any DomainEvent] = []

  public init(
    _ order: Order, isPaid: Bool = false, payments: [OrderPayment] = [], refunds: [OrderRefund] = [],
    disputes: [OrderDispute] = [], returnedElsewhere: Set<String> = [], isOwnerGone: Bool = false
  ) {
    self.order = order
    self.isPaid = isPaid
    self.payments = payments
    self.refunds = refunds
    self.disputes = disputes
    self.returnedElsewhere = returnedElsewhere
    self.isOwnerGone = isOwnerGone
  }

  /// The payment that was credited for the order; nil if there is none.
  public var creditedPayment: String? { payments.first { $0.order == order.id && $0.isCredited }?.id }

  /// The shares of the order's talk time that its refunds take.
  public var shares: RefundTalkTimeShares { shares(without: nil) }

  func shares(without left: Int?) -> RefundTalkTimeShares {
    RefundTalkTimeShares(
      talkTime: order.talkTime, paid: order.price.amount,
      amounts: refunds.indices.filter { $0 != left && refunds[$0].stands }.map { refunds[$0].refund.money.amount })
  }

  /// The part of the payment that is neither refunded nor on its way back. A payment that was not reported itself
  /// counts with the order's price.
  public func left(of payment: String) -> Paise { left(of: payment) { _ in true } }

  /// - Parameter counts: which of its refunds count.
  func left(of payment: String, counting counts: (OrderRefund) -> Bool) -> Paise {
    let paid = payments.first { $0.id == payment && $0.order == order.id }?.money.amount ?? order.price.amount
    let back = refunds.filter { $0.refund.paymentID == payment && $0.refund.status != .failed && counts($0) }
    return max(.zero, paid - back.map(\.refund.money.amount).reduce(.zero, +))
  }

  /// What became of the order, by all that is known of refunds and disputes.
  mutating func refreshStatus() {
    guard isPaid, order.status != .legacy else { return }
    let back = refunds.filter { $0.refund.status == .processed && $0.refund.talkTime != nil }
      .map(\.refund.money.amount).reduce(.zero, +)
    order.status =
      disputes.contains { $0.status.isOpen }
      ? .disputed : back >= order.price.amount ? .refunded : back > .zero ? .partiallyRefunded : .paid
  }
}
