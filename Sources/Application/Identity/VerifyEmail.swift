import Domain

/// Proves an address by the link or the code that was mailed there: the account's own address, or the one that it
/// changes to. Each works once.
public struct VerifyEmail: Sendable {
  public static let purpose = MailedAccountLinkPurpose.verifyEmail.rawValue
  private let read: ReadMailedAccountLink
  private let changes: any PasswordAndEmailRepository

  public init(read: ReadMailedAccountLink, changes: any PasswordAndEmailRepository) {
    self.read = read
    self.changes = changes
  }

  /// - Returns: whose address it is.
  /// - Throws: `newPasswordRequired` for a link that proves the address only together with a new password;
  ///   `accountDisabled`, as a sign-in with the right password does.
  @discardableResult
  public func callAsFunction(_ token: String) async throws(IdentityError) -> UserID {
    try await use(try await read(token, for: Self.purposes))
  }

  /// - Parameter user: who is signed in where the code is typed. It does nothing for another account.
  @discardableResult
  public func callAsFunction(code: String, of user: UserID) async throws(IdentityError) -> UserID {
    try await use(try await read(code: code, for: Self.purposes, of: .user(user)))
  }

  private static let purposes: Set<MailedAccountLinkPurpose> = [.verifyEmail, .changeEmail]

  private func use(_ link: MailedAccountLink) async throws(IdentityError) -> UserID {
    if link.choosesPassword { throw .newPasswordRequired }
    if link.purpose == .changeEmail {
      try await changes.changeEmail(by: link)
    } else {
      try await changes.verifyEmail(by: link)
    }
    return link.user
  }
}
