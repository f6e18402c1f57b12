/// Where a payment is, by rank: what is known better is not unlearnt, whatever order the news comes in.
public enum PaymentStatus: String, Sendable, CaseIterable, Comparable {
  /// Amount, currency or order differ from ours: it credits nothing.
  case mismatch
  /// Never final: the same payment may be captured yet.
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
