import Domain

/// Changes of an account's password and address, each in one transaction with all that follows from it: the link is
/// used up, devices are ended with their tokens, links that are no longer wanted are withdrawn, events are published.
public protocol PasswordAndEmailRepository: Sendable {
  /// Marks the address as proven.
  /// - Throws: `invalidLink` if the link was used meanwhile; `accountDisabled`, which uses no link up, unless the link
  ///   works for a disabled account. So do all that take a link. A try of its code stays counted.
  func verifyEmail(by link: MailedAccountLink) async throws(IdentityError)
  /// Also marks the address as proven, and ends all devices. An account whose address was not proven before loses its
  /// Google subject, its passkeys and its second factor: whoever registered it may be another person. A second factor
  /// that is locked by wrong codes is unlocked.
  func resetPassword(by link: MailedAccountLink, to hash: String) async throws(IdentityError)
  /// Ends all devices but the caller's.
  /// - Throws: `invalidCredentials` if the stored hash is no longer the old one.
  func changePassword(
    of user: UserID, from old: String, to new: String, keeping device: DeviceID
  ) async throws(IdentityError)
  /// The new address is proven. If the old one was, a link that undoes the change is mailed there.
  /// - Throws: `emailTaken`
  func changeEmail(by link: MailedAccountLink) async throws(IdentityError)
  /// Gives the account its old address back. Removes the password, the link with Google, passkeys and second factor, ends
  /// all
  /// devices, and withdraws every other open link except the undoings that were requested earlier.
  /// - Throws: `emailTaken` if another account has the old address now.
  func undoEmailChange(by link: MailedAccountLink) async throws(IdentityError)
}
