import Domain

/// The content of a webhook from Razorpay.
public struct PaymentNotification: Sendable, Equatable {
  public enum Content: Sendable, Equatable {
    case payment(GatewayPayment)
    case refund(GatewayRefund, of: GatewayPayment)
    case dispute(GatewayDispute, of: GatewayPayment)
    /// The event is of a handled kind, but its subject is missing or impossible.
    case unreadable
    /// The event is of a kind that is not handled.
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
  /// - Parameter body: the body as Razorpay sent it. Its content is not trusted.
  /// - Returns: nil if the body is no event.
  func read(_ body: [UInt8]) -> PaymentNotification?

  /// Razorpay's id of the body's order, otherwise of its payment, at most 64 characters; nil if it names neither.
  func subject(of body: [UInt8]) -> String?
}
