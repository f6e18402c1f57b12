/// A refund in the aggregate of its order.
public struct OrderRefund: Sendable, Equatable {
  /// The change of the moment at which Razorpay is asked about the refund.
  public enum Question: Sendable, Equatable {
    case asBefore
    case never
    /// The duration from now.
    case after(Duration)
  }

  public internal(set) var refund: Refund
  /// Whether the refund counted as failed before Razorpay reported it: Razorpay refused it, or another refund replaced
  /// it.
  public internal(set) var wasRefused: Bool
  /// Whether Razorpay has now reported a refund that counted as refused. If Razorpay reports an end of it, that end is
  /// new.
  public internal(set) var isRevived = false
  public internal(set) var question = Question.asBefore
  /// The operator who requested the refund, and the key of the request; nil if no operator requested it.
  public let requestedBy: String?
  public let key: String?
  public let reason: String?

  public var id: RefundID { refund.id }
  /// Whether the refund takes talk time of its order.
  var stands: Bool { refund.talkTime != nil && refund.status != .failed }

  public init(
    _ refund: Refund, wasRefused: Bool = false, requestedBy: String? = nil, key: String? = nil, reason: String? = nil
  ) {
    self.refund = refund
    self.wasRefused = wasRefused
    self.requestedBy = requestedBy
    self.key = key
    self.reason = reason
  }

  /// A worker claims the refund, to ask Razorpay about it.
  /// - Returns: the duration until another worker may claim it.
  public mutating func claim() -> Duration {
    let pause = RefundCheckSchedule.pause(after: refund.asked)
    refund.asked += 1
    return pause
  }
}
