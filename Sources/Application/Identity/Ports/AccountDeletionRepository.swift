import Domain

/// What the owner of an account gave to have it deleted. The store compares it again.
public enum OwnershipProof: Sendable, Equatable {
  /// The stored hash that the owner's password matched.
  case password(hash: String)
  case google(subject: String)
  case passkey(PasskeyID)
  /// - Parameter link: the row whose code was mailed.
  case mailedCode(link: String)
}

public enum AccountDeletionResult: Sendable, Equatable {
  case deleted
  /// Talk time is left in the wallet, and the owner does not give it up.
  case balanceLeft(TalkTime)
  /// The password or the Google account is another one by now, the passkey is gone, or the code was used.
  case notProven
  /// There is no such account (any more).
  case gone
}

/// Deletes accounts. A deletion is one transaction: the account loses its address, its name and every way to sign in;
/// its devices end with all their tokens; its links, its consents and the accounts that were merged into it go; and
/// `user.deleted` is published, by which the other services erase what they have. The address is free at once.
public protocol AccountDeletionRepository: Sendable {
  /// The wallet is read in the same transaction, with no credit of a payment in between. A payment that arrives later
  /// is sent back.
  /// - Parameter forfeitsBalance: whether the owner gives up what is left in the wallet.
  func delete(
    _ user: UserID, provenBy proof: OwnershipProof, forfeitsBalance: Bool
  ) async throws(IdentityError) -> AccountDeletionResult
}
