import Domain

/// Gives an account a new password, by a link that was mailed to its address.
public struct ResetPassword: Sendable {
  private let read: ReadMailedAccountLink
  private let accounts: any AccountRepository
  private let passwords: any PasswordHasher
  private let changes: any PasswordAndEmailRepository
  private let policy: PasswordPolicy

  public init(
    read: ReadMailedAccountLink, accounts: any AccountRepository, passwords: any PasswordHasher,
    changes: any PasswordAndEmailRepository, policy: PasswordPolicy
  ) {
    self.read = read
    self.accounts = accounts
    self.passwords = passwords
    self.changes = changes
    self.policy = policy
  }

  /// A password that is refused does not use the link up.
  /// - Throws: `IdentityError`, `PasswordProblem`
  public func callAsFunction(_ token: String, to password: String) async throws {
    let link = try await read(token, for: [.resetPassword])
    guard let account = try await accounts.account(link.user) else { throw IdentityError.invalidLink }
    let chosen = try policy.password(password, for: account.email, isOperator: account.isOperator)
    try await changes.resetPassword(by: link, to: try await passwords.hashOrUnavailable(chosen))
  }
}
