/// What the mail provider reports about a mail after it has accepted it.
public struct MailDeliveryEvent: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case bounce(isHard: Bool)
    /// - Parameter concernsAddress: whether the provider blocked the mail because of the recipient's address, and not
    ///   because of its content or of a problem at a server.
    case blocked(concernsAddress: Bool)
    /// The recipient reported the mail as spam.
    case spam
    /// Sent, opened, clicked, unsubscribed, or a kind that is not known.
    case other
  }

  public let address: EmailAddress
  public let kind: Kind

  public init(address: EmailAddress, kind: Kind) {
    self.address = address
    self.kind = kind
  }

  /// Why no further mail may go to the address; nil if the event is no reason. A soft bounce is none: the mailbox may
  /// only be full.
  public var undeliverable: UndeliverableCause? {
    switch kind {
    case .bounce(isHard: true): .hardBounce
    case .blocked(concernsAddress: true): .blocked
    case .spam: .spam
    case .bounce, .blocked, .other: nil
    }
  }
}
