/// A refund as the account of its order has it.
public struct AccountedRefund: Sendable, Equatable {
  /// What becomes of the moment at which Razorpay is asked about it.
  public enum Question: Sendable, Equatable {
    case asBefore
    case never
    /// From now.
    case after(Duration)
  }

  public internal(set) var refund: Refund
  /// It counted as failed once without Razorpay having told of it: it was refused, or another took its place.
  public internal(set) var wasRefused: Bool
  /// It had failed by our own word, and Razorpay has told of it now: its end, if it has one, is a new one.
  public internal(set) var isRevived = false
  public internal(set) var question = Question.asBefore
  /// Who asked for it and under which key; absent for what no operator asked for.
  public let requestedBy: String?
  public let key: String?
  public let reason: String?

  public var id: RefundID { refund.id }
  /// It takes talk time of its order.
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

  /// A worker takes it, to ask Razorpay about it.
  /// - Returns: until another worker may take it.
  public mutating func claim() -> Duration {
    let pause = RefundSchedule.pause(after: refund.asked)
    refund.asked += 1
    return pause
  }
}
