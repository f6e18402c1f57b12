/// What an operator may do. Each role may do what those before it may.
public enum OperatorRole: String, Sendable, CaseIterable, Comparable {
  /// Reads users, wallets, refunds, talks and tasks.
  case support
  /// Grants talk time and refunds orders, up to a cap a day.
  case finance
  /// Everything, without a cap.
  case admin

  public static func < (left: OperatorRole, right: OperatorRole) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .support: 0
    case .finance: 1
    case .admin: 2
    }
  }
}
