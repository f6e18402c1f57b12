/// What a stored webhook came to. The words stand in its row.
public enum PaymentWebhookOutcome: String, Sendable, CaseIterable {
  /// The order's time is in the wallet.
  case credited
  /// A refund or a dispute stands in the books.
  case taken
  /// It is of a type that has no effect here.
  case kept
  /// It cannot be read.
  case dead
  /// The payment is not what its order asks for.
  case mismatch
  case unknownOrder = "unknown_order"
  /// The payment was never captured.
  case pending
  case failed
  /// The payment credits nothing and went back.
  case returned
  /// The payment credits nothing and goes back.
  case returning
  /// Razorpay's record says something newer.
  case stale

  /// An operator has to look at it.
  public var needsOperator: Bool { self == .dead || self == .mismatch }
}
