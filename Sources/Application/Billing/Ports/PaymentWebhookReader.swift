import Domain

/// What a webhook of Razorpay says.
public struct PaymentNotification: Sendable, Equatable {
  public enum Content: Sendable, Equatable {
    case payment(GatewayPayment)
    case refund(GatewayRefund, of: GatewayPayment)
    case dispute(GatewayDispute, of: GatewayPayment)
    /// Of a kind that we work on; what it is about is missing or impossible.
    case unreadable
    /// Of a kind that we do not work on.
    case other
  }

  /// The event's name as Razorpay spells it, such as `payment.captured`.
  public let type: String
  public let content: Content

  public init(type: String, content: Content) {
    self.type = type
    self.content = content
  }
}

public protocol PaymentWebhookReader: Sendable {
  /// - Parameter body: as Razorpay sent it; anything may be in it.
  /// - Returns: nil for what is no event at all.
  func read(_ body: [UInt8]) -> PaymentNotification?

  /// Razorpay's id of the order that a body is about, else of the payment, at most 64 characters; nil where it names
  /// neither.
  func subject(of body: [UInt8]) -> String?
}
