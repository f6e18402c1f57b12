import Domain

/// A payment in our store.
public struct RecordedPayment: Sendable, Equatable {
  public let id: String
  public let order: OrderID
  public let money: Money
  public let isCredited: Bool
  /// The part of the payment that was sent back or is being sent back.
  public let refunded: Paise

  public init(id: String, order: OrderID, money: Money, isCredited: Bool, refunded: Paise) {
    self.id = id
    self.order = order
    self.money = money
    self.isCredited = isCredited
    self.refunded = refunded
  }
}

/// A refund in our store.
public struct RecordedRefund: Sendable, Equatable {
  public let id: String
  public let money: Money
  public let status: GatewayRefund.Status

  public init(id: String, money: Money, status: GatewayRefund.Status) {
    self.id = id
    self.money = money
    self.status = status
  }
}

/// A difference between our store and Razorpay's records.
public enum PaymentDiscrepancy: Sendable, Equatable {
  /// Razorpay captured the payment, but it was not credited here.
  case notCredited(payment: String, order: OrderID, Money)
  /// Razorpay captured the payment, but another payment had paid its order, or the order sells no talk time. The
  /// payment was not sent back. The money is what Razorpay still has of it.
  case notReturned(payment: String, order: OrderID, Money)
  /// The payment was credited here. At Razorpay it has another status, or Razorpay does not know it.
  case notCaptured(payment: String, order: OrderID, GatewayPaymentStatus?)
  case amount(payment: String, here: Money, there: Money)
  case refunded(payment: String, here: Paise, there: Paise)
  /// Razorpay reports a status that this build does not know, and the payment was not credited here.
  case unknownStatus(payment: String, order: OrderID, GatewayPaymentStatus)
  /// The dispute is missing from our store, or has another status there; `here` is nil if it is missing.
  case dispute(GatewayDispute, here: DisputeStatus?)
  /// Razorpay refuses to list disputes, so that no dispute was compared.
  case disputesNotListed
  /// The refund is missing from our store, or is stored differently; `here` is nil if it is missing.
  case refund(GatewayRefund, here: RecordedRefund?)
}

extension PaymentDiscrepancy {
  /// Razorpay's id of the payment, dispute or refund that differs.
  var subject: String {
    switch self {
    case .notCredited(let id, _, _), .notReturned(let id, _, _), .notCaptured(let id, _, _), .amount(let id, _, _),
      .refunded(let id, _, _), .unknownStatus(let id, _, _):
      id
    case .refund(let refund, _): refund.id
    case .dispute(let dispute, _): dispute.id
    case .disputesNotListed: "disputes"
    }
  }
}

/// Compares our store with Razorpay's records. Payments for orders that are not ours are ignored.
public struct PaymentComparison: Sendable {
  public let payments: [GatewayPayment]
  public let refunds: [GatewayRefund]
  public let disputes: [GatewayDispute]
  public let isMissingDisputes: Bool
  /// Payments that were credited here and that Razorpay does not know.
  public let unknown: [RecordedPayment]
  /// Our orders, by Razorpay's id of the order.
  public let orders: [String: Order]
  /// By Razorpay's id of the payment.
  public let recordedPayments: [String: RecordedPayment]
  /// By Razorpay's id of the refund.
  public let recordedRefunds: [String: RecordedRefund]
  /// By Razorpay's id of the dispute.
  public let recordedDisputes: [String: DisputeStatus]

  public init(
    payments: [GatewayPayment], refunds: [GatewayRefund], disputes: [GatewayDispute] = [],
    isMissingDisputes: Bool = false, unknown: [RecordedPayment], orders: [String: Order],
    recordedPayments: [String: RecordedPayment], recordedRefunds: [String: RecordedRefund],
    recordedDisputes: [String: DisputeStatus] = [:]
  ) {
    self.payments = payments
    self.refunds = refunds
    self.disputes = disputes
    self.isMissingDisputes = isMissingDisputes
    self.unknown = unknown
    self.orders = orders
    self.recordedPayments = recordedPayments
    self.recordedRefunds = recordedRefunds
    self.recordedDisputes = recordedDisputes
  }

  /// Sorted by the ids of the payments and refunds.
  public var differences: [PaymentDiscrepancy] {
    var found: [PaymentDiscrepancy] = isMissingDisputes ? [.disputesNotListed] : []
    for payment in payments.sorted(by: { $0.id < $1.id }) {
      if let recorded = recordedPayments[payment.id], recorded.isCredited {
        found += differences(recorded, payment)
      } else if let order = payment.orderID.flatMap({ orders[$0] }) {
        if payment.status == .captured { found.append(uncredited(payment, order)) }
        if !payment.status.isKnown {
          found.append(.unknownStatus(payment: payment.id, order: order.id, payment.status))
        }
      }
    }
    found += unknown.sorted { $0.id < $1.id }.map { .notCaptured(payment: $0.id, order: $0.order, nil) }
    found += disputes.sorted { $0.id < $1.id }.compactMap(difference)
    return found + refunds.sorted { $0.id < $1.id }.compactMap(difference)
  }

  private func differences(_ recorded: RecordedPayment, _ payment: GatewayPayment) -> [PaymentDiscrepancy] {
    guard [.captured, .refunded].contains(payment.status) else {
      return [.notCaptured(payment: payment.id, order: recorded.order, payment.status)]
    }
    if recorded.money != payment.money {
      return [.amount(payment: payment.id, here: recorded.money, there: payment.money)]
    }
    if recorded.refunded != payment.refunded {
      return [.refunded(payment: payment.id, here: recorded.refunded, there: payment.refunded)]
    }
    return []
  }

  /// An amount that differs from the order's credits nothing, whatever the cause of the difference.
  private func uncredited(_ payment: GatewayPayment, _ order: Order) -> PaymentDiscrepancy {
    if !order.sellsTalkTime {
      return .notReturned(payment: payment.id, order: order.id, Money(payment.unreturned, payment.money.currency))
    }
    if !payment.pays(order.price) {
      return .amount(payment: payment.id, here: order.price, there: payment.money)
    }
    if order.status.isPaid {
      return .notReturned(
        payment: payment.id, order: order.id, Money(payment.unreturned, payment.money.currency))
    }
    return .notCredited(payment: payment.id, order: order.id, payment.money)
  }

  /// A refund of a payment that credited nothing moves no talk time, so that our store need not have it. A failed
  /// refund takes nothing.
  private func difference(_ refund: GatewayRefund) -> PaymentDiscrepancy? {
    if let recorded = recordedRefunds[refund.id] {
      let isSame = recorded.money == refund.money && recorded.status == refund.status
      return isSame ? nil : .refund(refund, here: recorded)
    }
    guard refund.status != .failed, recordedPayments[refund.paymentID]?.isCredited == true else { return nil }
    return .refund(refund, here: nil)
  }
}

extension PaymentComparison {
  /// A dispute of a payment that is not ours is ignored. Razorpay has one status for an open dispute; our store has
  /// several.
  private func difference(_ dispute: GatewayDispute) -> PaymentDiscrepancy? {
    guard recordedPayments[dispute.paymentID] != nil else { return nil }
    guard let here = recordedDisputes[dispute.id] else { return .dispute(dispute, here: nil) }
    let isSame = here == dispute.status || here.isOpen && dispute.status == .created
    return isSame ? nil : .dispute(dispute, here: here)
  }
}

extension PaymentDiscrepancy: CustomStringConvertible {
  /// One line for an operator.
  public var description: String {
    switch self {
    case .notCredited(let payment, let order, let money):
      "\(payment) of order \(order): captured at Razorpay (\(money.line)), not credited here"
    case .notReturned(let payment, let order, let money):
      "\(payment) of order \(order): \(money.line) for which nothing was credited, captured at Razorpay and not sent back"
    case .notCaptured(let payment, let order, let status):
      "\(payment) of order \(order): credited here, \(status.map { "\($0.rawValue) at" } ?? "unknown to") Razorpay"
    case .unknownStatus(let payment, let order, let status):
      "\(payment) of order \(order): \(status.rawValue) at Razorpay, a state that is not known here"
    case .amount(let payment, let here, let there):
      "\(payment): \(here.line) here, \(there.line) at Razorpay"
    case .refunded(let payment, let here, let there):
      "\(payment): \(here) refunded here, \(there) at Razorpay"
    case .disputesNotListed: "Razorpay lists no disputes for this key: none was compared"
    case .dispute(let dispute, let here):
      "\(dispute.id) of \(dispute.paymentID): a dispute over \(dispute.money.line), \(dispute.status.rawValue) at "
        + "Razorpay, \(here?.rawValue ?? "unknown") here"
    case .refund(let refund, nil):
      "\(refund.id) of \(refund.paymentID): \(refund.money.line) \(refund.status.rawValue) at Razorpay, unknown here"
    case .refund(let refund, let here?):
      "\(refund.id) of \(refund.paymentID): \(here.money.line) \(here.status.rawValue) here, "
        + "\(refund.money.line) \(refund.status.rawValue) at Razorpay"
    }
  }
}

extension Money {
  fileprivate var line: String { "\(amount.count) \(currency)" }
}
