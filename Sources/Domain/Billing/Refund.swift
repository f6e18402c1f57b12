import FoundationEssentials

/// The id of a refund: a row of `refunds`. Razorpay gets it as receipt and as idempotency key.
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
  /// The refund is stored; Razorpay has not responded yet.
  case requested
  case pending, processed, failed

  /// Whether no further report is expected.
  public var isOver: Bool { self == .processed || self == .failed }

  /// A report of a lower rank than the stored status is outdated. A bank may return a processed refund, so `failed` has
  /// the highest rank if Razorpay reports it. A refusal does not have it.
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
  /// Razorpay's dashboard, or Razorpay itself, made the refund.
  case razorpay
  /// The payment credited nothing and goes back in full.
  case surplus
  /// The refund stands for a lost dispute.
  case dispute
}

/// Money that was refunded to the buyer, or is on its way.
public struct Refund: Sendable, Equatable {
  public let id: RefundID
  public let order: OrderID
  public let paymentID: String
  /// Nil until Razorpay has responded, and for a dispute.
  public internal(set) var razorpayID: String?
  public let money: Money
  public internal(set) var status: RefundStatus
  public let origin: RefundOrigin
  /// The refund's share of the order's talk time; nil while its payment has credited nothing.
  public internal(set) var talkTime: TalkTime?
  /// The number of the attempt to send the payment back, from 1.
  public let attempt: Int
  /// How often a worker has taken this refund to request it from Razorpay. After the first time, the worker looks for
  /// the refund at Razorpay before it requests it again.
  public internal(set) var asked: Int

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

/// Razorpay's names for the states of a dispute.
public enum DisputeStatus: String, Sendable, CaseIterable {
  case created
  case underReview = "under_review"
  case actionRequired = "action_required"
  case won, lost, closed

  public var isOpen: Bool { [.created, .underReview, .actionRequired].contains(self) }
}
