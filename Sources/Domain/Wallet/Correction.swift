/// Talk time that an operator gives or takes by hand.
public struct Correction: Hashable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    /// A present; it only adds.
    case grant
    /// Puts right what went wrong, in either direction.
    case adjustment
  }

  /// Some 31 years of talk: beyond it a number was mistyped.
  public static let most = TalkTime.milliseconds(1_000_000_000_000)

  public let kind: Kind
  /// What is added; an adjustment below zero takes away, and what the wallet lacks is owed.
  public let time: TalkTime

  /// Nil for no time, for more than `most` either way, and for a grant below zero.
  public init?(_ kind: Kind, _ time: TalkTime) {
    guard time != .zero, (-Self.most...Self.most).contains(time), kind == .adjustment || time > .zero else {
      return nil
    }
    self.kind = kind
    self.time = time
  }
}

/// What an operator calls a correction, so that one that is sent twice is made once: 1 to 100 visible ASCII characters.
/// In the ledger it stands behind a prefix, and so never in the way of a payment's or a talk's reference.
public struct CorrectionReference: Hashable, Sendable, CustomStringConvertible {
  /// As it stands in the ledger.
  public let text: String

  public init?(_ name: String) {
    guard (1...100).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    text = "operator:" + name
  }

  public var description: String { text }
}
