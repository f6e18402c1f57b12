import Domain

/// A payment as our books have it.
public struct RecordedPayment: Sendable, Equatable {
  public let id: String
  public let order: OrderID
  public let money: Money
  public let isCredited: Bool
  /// What of it went back or is on its way back.
  public let refunded: Paise

  public init(id: String, order: OrderID, money: Money, isCredited: Bool, refunded: Paise) {
    self.id = id
    self.order = order
    self.money = money
    self.isCredited = isCredited
    self.refunded = refunded
  }
}

/// A refund as our books have it.
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

/// What our books and Razorpay's say differently.
public enum PaymentDiscrepancy: Sendable, Equatable {
  /// Captured there, and nothing was credited for it here.
  case notCredited(payment: String, order: OrderID, Money)
  /// Captured there for an order that another payment had paid, or that sells no talk time, and not sent back; what of it
  /// is left there.
  case notReturned(payment: String, order: OrderID, Money)
  /// Credited here. There it stands otherwise, or is not known.
  case notCaptured(payment: String, order: OrderID, GatewayStatus?)
  case amount(payment: String, here: Money, there: Money)
  case refunded(payment: String, here: Paise, there: Paise)
  /// In a state there that we do not know, and not credited here.
  case unknownStatus(payment: String, order: OrderID, GatewayStatus)
  /// A dispute that is not in our books, or stands otherwise in them; nil for the former.
  case dispute(GatewayDispute, here: DisputeStatus?)
  /// Razorpay refuses to list disputes, so that none was compared.
  case disputesNotListed
  /// A refund that is not in our books, or stands otherwise in them; nil for the former.
  case refund(GatewayRefund, here: RecordedRefund?)
}

extension PaymentDiscrepancy {
  /// Razorpay's id of what it is about.
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

/// Compares both books. Payments for orders that are not ours are not looked at.
public struct PaymentComparison: Sendable {
  public let payments: [GatewayPayment]
  public let refunds: [GatewayRefund]
  public let disputes: [GatewayDispute]
  public let isMissingDisputes: Bool
  /// Credited here, and unknown to Razorpay.
  public let unknown: [RecordedPayment]
  /// Ours, by Razorpay's id of the order.
  public let orders: [String: Order]
  /// By Razorpay's id.
  public let recordedPayments: [String: RecordedPayment]
  /// By Razorpay's id.
  public let recordedRefunds: [String: RecordedRefund]
  /// By Razorpay's id.
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

  /// In the order of the payments' and refunds' ids.
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

  /// An amount that is not the order's credits nothing, however it came about.
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

  /// A refund of what credited nothing moves no time, so it need not stand in our books; one that failed takes nothing.
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
  /// A dispute of a payment that is not ours is none of ours. Razorpay has one word where we have several for an open one.
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
