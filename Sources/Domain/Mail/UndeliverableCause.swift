/// Why no mail is sent to an address any more.
public enum UndeliverableCause: String, Sendable, CaseIterable {
  case hardBounce = "hard_bounce"
  /// The provider blocks mails to this address.
  case blocked
  /// The recipient reported a mail as spam.
  case spam
}
