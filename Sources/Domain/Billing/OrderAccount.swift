/// An order with its payments, refunds and disputes: the rules of what each word of Razorpay means for it.
///
/// An operation changes the rows, and says in `steps` and `events` what the user's wallet and the rest of the system get.
/// The caller loads the account under the order's lock and stores all three in one transaction. Nothing here waits, reads
/// a clock or makes an identifier.
public struct OrderAccount: Sendable {
  public internal(set) var order: Order
  /// Talk time was credited for it, whatever became of it since.
  public internal(set) var isPaid: Bool
  /// Its own, and those that are being looked at, which may be parked under another order.
  public internal(set) var payments: [AccountedPayment]
  /// In the order in which they were written down: so they share the order's talk time.
  public internal(set) var refunds: [AccountedRefund]
  public internal(set) var disputes: [AccountedDispute]
  /// The ids of payments that a return under another order sends back.
  public let returnedElsewhere: Set<String>
  /// Nobody is asked to pay it any more.
  public internal(set) var isClosed = false
  /// For the wallet of the order's user, in this order.
  public internal(set) var steps: [LedgerStep] = []
  public internal(set) var events: [any DomainEvent] = []

  public init(
    _ order: Order, isPaid: Bool = false, payments: [AccountedPayment] = [], refunds: [AccountedRefund] = [],
    disputes: [AccountedDispute] = [], returnedElsewhere: Set<String> = []
  ) {
    self.order = order
    self.isPaid = isPaid
    self.payments = payments
    self.refunds = refunds
    self.disputes = disputes
    self.returnedElsewhere = returnedElsewhere
  }

  /// What was credited for it, if anything was.
  public var creditedPayment: String? { payments.first { $0.order == order.id && $0.isCredited }?.id }

  /// How the refunds that take talk time share it.
  public var shares: RefundShares { shares(without: nil) }

  func shares(without left: Int?) -> RefundShares {
    RefundShares(
      talkTime: order.talkTime, paid: order.price.amount,
      amounts: refunds.indices.filter { $0 != left && refunds[$0].stands }.map { refunds[$0].refund.money.amount })
  }

  /// What of the payment has not gone back and is not on its way. A payment that was not heard of itself is taken for one
  /// of the order's price.
  public func left(of payment: String) -> Paise { left(of: payment) { _ in true } }

  /// - Parameter counts: which of its refunds count.
  func left(of payment: String, counting counts: (AccountedRefund) -> Bool) -> Paise {
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
