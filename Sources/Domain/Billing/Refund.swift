import FoundationEssentials

/// A refund of ours: a row of `refunds`, Razorpay's receipt and idempotency key for it.
public struct RefundID: Hashable, Sendable, CustomStringConvertible {
  public let uuid: UUID

  public init(_ uuid: UUID) { self.uuid = uuid }

  public init?(_ text: String) {
    guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
    self.uuid = uuid
  }

  public var description: String { uuid.uuidString.lowercased() }
}

public enum RefundStatus: String, Sendable, CaseIterable {
  /// Written down; Razorpay has not answered yet.
  case requested
  case pending, processed, failed

  /// News of a lower rank than what is known are old news. A bank may send back what was processed, so that failed is
  /// the last word, where it is Razorpay's: a refusal is not.
  public var rank: Int {
    switch self {
    case .requested: 0
    case .pending: 1
    case .processed: 2
    case .failed: 3
    }
  }
}

public enum RefundOrigin: String, Sendable {
  case `operator`
  /// Razorpay's dashboard, or Razorpay itself.
  case razorpay
  /// A payment that credited nothing goes back whole.
  case surplus
  /// A lost dispute.
  case dispute
}

/// Money that went back, or is on its way.
public struct Refund: Sendable, Equatable {
  public let id: RefundID
  public let order: OrderID
  public let paymentID: String
  /// Absent until Razorpay has answered, and for a dispute.
  public let razorpayID: String?
  public let money: Money
  public let status: RefundStatus
  public let origin: RefundOrigin
  /// Its share of the order's talk time; nil while its payment has credited nothing.
  public let talkTime: TalkTime?
  /// Which try to send its payment back it is, from 1.
  public let attempt: Int
  /// How often a worker took it to ask Razorpay about it; what was asked before is looked for before it is asked again.
  public let asked: Int

  public init(
    id: RefundID, order: OrderID, paymentID: String, razorpayID: String?, money: Money, status: RefundStatus,
    origin: RefundOrigin, talkTime: TalkTime?, attempt: Int = 1, asked: Int = 0
  ) {
    self.id = id
    self.order = order
    self.paymentID = paymentID
    self.razorpayID = razorpayID
    self.money = money
    self.status = status
    self.origin = origin
    self.talkTime = talkTime
    self.attempt = attempt
    self.asked = asked
  }
}

/// Razorpay's words for where a dispute is.
public enum DisputeStatus: String, Sendable, CaseIterable {
  case created
  case underReview = "under_review"
  case actionRequired = "action_required"
  case won, lost, closed

  public var isOpen: Bool { [.created, .underReview, .actionRequired].contains(self) }
}
