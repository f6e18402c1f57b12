/// Talk time that an operator adds or removes by hand.
public struct WalletCorrection: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    /// A gift; it can only add.
    case grant
    /// Corrects an error, in either direction.
    case adjustment
  }

  /// About 31 years of talk. A larger number is a typing error.
  public static let most = TalkTime.milliseconds(1_000_000_000_000)

  public let kind: Kind
  /// The time to add. A negative adjustment removes time, and what the wallet lacks becomes owed.
  public let time: TalkTime

  /// Nil for zero time, for more than `most` in either direction, and for a negative grant.
  public init?(_ kind: Kind, _ time: TalkTime) {
    guard time != .zero, (-Self.most...Self.most).contains(time), kind == .adjustment || time > .zero else {
      return nil
    }
    self.kind = kind
    self.time = time
  }
}

/// An operator's name for a correction, so that a correction that is sent twice is made once: 1 to 100 visible ASCII
/// characters. The ledger stores it with a prefix, so it cannot collide with the reference of a payment or a talk.
public struct CorrectionReference: Hashable, Sendable, CustomStringConvertible {
  /// The reference as the ledger stores it.
  public let text: String

  public init?(_ name: String) {
    guard (1...100).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    text = "operator:" + name
  }

  public var description: String { text }
}
