import Domain

/// The result of joining a Google account with the account of its address.
public enum GoogleJoinResult: Sendable, Equatable {
  case joined(Account)
  /// The address has no account, or its account is linked to another Google account.
  case refused
}

public enum GoogleLinkResult: Sendable, Equatable {
  /// Now, or before.
  case linked
  /// Another account is linked to this Google account.
  case taken
  /// The account is linked to another Google account.
  case linkedToAnother
  case accountGone
}

public enum GoogleUnlinkResult: Sendable, Equatable {
  /// Now, or before.
  case unlinked
  /// Google is the account's only way to sign in.
  case passwordRequired
  case accountGone
}

/// Which account belongs to which Google account. An event about a change is written in the same transaction as the
/// change.
public protocol GoogleLinkRepository: Sendable {
  /// Joins by address, as ``GoogleJoinDecision`` says. Call it only for a person whose mailbox Google hosts. An account
  /// that is taken over loses its password, its second factor, its passkeys, its name, its open mailed links and its devices with
  /// all their access tokens.
  /// - Throws: `accountDisabled`, with nothing changed.
  func join(_ person: GoogleIdentity) async throws(IdentityError) -> GoogleJoinResult
  func link(googleSubject: String, to user: UserID) async throws(IdentityError) -> GoogleLinkResult
  /// Unlinks the account if it has a password, as the store decides.
  func unlink(_ user: UserID) async throws(IdentityError) -> GoogleUnlinkResult
}
