/// The outcome of a stored webhook. The raw values are stored in its row.
public enum PaymentWebhookOutcome: String, Sendable, CaseIterable {
  /// The order's talk time is in the wallet.
  case credited
  /// A refund or a dispute was recorded.
  case taken
  /// The webhook's type has no effect here.
  case kept
  /// The webhook cannot be read.
  case dead
  /// The payment does not match its order.
  case mismatch
  case unknownOrder = "unknown_order"
  /// The payment was never captured.
  case pending
  case failed
  /// The payment credits nothing and was sent back.
  case returned
  /// The payment credits nothing and is being sent back.
  case returning
  /// Razorpay's record is newer than the webhook.
  case stale

  /// Whether an operator has to look at the webhook.
  public var needsOperator: Bool { self == .dead || self == .mismatch }
}
