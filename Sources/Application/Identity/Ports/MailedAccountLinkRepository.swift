import Domain
import FoundationEssentials

/// A mailed link that can still be used.
public struct MailedAccountLink: Sendable, Equatable {
  public let id: String
  public let purpose: MailedAccountLinkPurpose
  public let user: UserID
  /// The account's address when the link was requested.
  public let email: EmailAddress
  /// The address that a change is to, or was to.
  public let newEmail: EmailAddress?
  /// In whole seconds, since the link's secret is derived from it.
  public let expiresAt: Date
  /// Of a verification: whether the address was registered again since. Then it is not known whose the account's
  /// password is, so the link proves the address only together with a new password.
  public let choosesPassword: Bool

  public init(
    id: String, purpose: MailedAccountLinkPurpose, user: UserID, email: EmailAddress, newEmail: EmailAddress?,
    expiresAt: Date, choosesPassword: Bool = false
  ) {
    self.id = id
    self.purpose = purpose
    self.user = user
    self.email = email
    self.newEmail = newEmail
    self.expiresAt = expiresAt
    self.choosesPassword = choosesPassword
  }
}

/// Whose mailed code somebody types.
public enum MailedCodeHolder: Sendable, Equatable {
  /// A signed-in user.
  case user(UserID)
  /// Whoever has the account of this address, if there is one.
  case address(EmailAddress)
}

/// The links that are mailed. Each is published with the event that asks for its mail. How many go to one address is
/// counted for the address, whether it has an account or not.
public protocol MailedAccountLinkRepository: Sendable {
  /// Nil for a link that was used, has expired or was withdrawn, and for one that was mailed to an address that is no
  /// longer the account's. An undoing is valid whatever the account's address is.
  func link(_ id: String) async throws(IdentityError) -> MailedAccountLink?
  /// Counts a try of a code on every open link of the account for these purposes, before the code is compared. An
  /// address without an account takes as long. A verification that chooses a password has no code.
  /// - Returns: the links whose codes may be compared. Of many tries at once ``MailedCode/mostTries`` get the same
  ///   link, and an address gets ``MailedCode/mostComparisonsADay`` of a purpose within a day, which begins with the
  ///   first.
  func countCodeTry(
    for purposes: Set<MailedAccountLinkPurpose>, of holder: MailedCodeHolder
  ) async throws(IdentityError) -> [MailedAccountLink]
  /// Makes a verification of the account's address, unless it is proven.
  /// - Throws: `mailLimit`
  func requestVerification(of user: UserID) async throws(IdentityError)
  /// Makes a reset for the account of this address. Does nothing where there is none, it is disabled, or the address
  /// has had its share: a caller cannot tell.
  /// - Parameter isRegistration: whether somebody registers the address. Then the open verifications of an address that
  ///   nobody has proven choose a password from now on, in any case: which of the two reads the mail is not known, and
  ///   a verification would give the account to the first one's password.
  func requestPasswordReset(of email: EmailAddress, isRegistration: Bool) async throws(IdentityError)
  /// Makes a link to the new address, and withdraws the account's open changes from before.
  /// - Throws: `emailTaken` for the account's own address; `mailLimit`
  func requestEmailChange(of user: UserID, to email: EmailAddress) async throws(IdentityError)
  /// Makes a code that proves the identity of a signed-in user once more.
  /// - Throws: `accountGone`, `mailLimit`
  func requestReauthentication(of user: UserID) async throws(IdentityError)
  /// Uses the link up, where nothing else follows from it.
  /// - Returns: whether this is its first use, as the store decides.
  func use(_ link: MailedAccountLink) async throws(IdentityError) -> Bool
}

extension MailedAccountLinkRepository {
  public func requestPasswordReset(of email: EmailAddress) async throws(IdentityError) {
    try await requestPasswordReset(of: email, isRegistration: false)
  }
}
