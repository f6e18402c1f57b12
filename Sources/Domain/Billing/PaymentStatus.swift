/// The state of a payment, by rank. A late report of a lower rank does not replace a higher one.
public enum PaymentStatus: String, Sendable, CaseIterable, Comparable {
  /// The amount, the currency or the order differs from ours. The payment credits nothing.
  case mismatch
  /// Never final: the same payment may still be captured.
  case failed
  case authorized, captured, refunded

  private var rank: Int {
    switch self {
    case .mismatch: 0
    case .failed: 1
    case .authorized: 2
    case .captured: 3
    case .refunded: 4
    }
  }

  public static func < (left: PaymentStatus, right: PaymentStatus) -> Bool { left.rank < right.rank }
}
