/// What happens to the account of an address when Google, which hosts the mailbox, says who owns the address.
public enum GoogleJoinDecision: Sendable, Equatable {
  /// Nobody has proven the address yet. Whoever made the account loses it, and the mailbox's owner gets it.
  case takeOver
  /// The owner has proven the address: Google becomes one more way to sign in.
  case link
  /// It is linked to this Google account already.
  case keep
  /// The account belongs to another Google account.
  case refuse

  /// - Parameters:
  ///   - linkedSubject: Google's id of the person that the account is linked to.
  ///   - subject: Google's id of the mailbox's owner.
  public init(isVerified: Bool, linkedSubject: String?, subject: String) {
    guard isVerified else {
      self = .takeOver
      return
    }
    self = linkedSubject == nil ? .link : linkedSubject == subject ? .keep : .refuse
  }
}
