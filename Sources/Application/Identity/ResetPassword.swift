import Domain

/// Gives an account a new password, by the link or the code that was mailed to its address. Where the address was
/// registered more than once, the link of its verification does, too.
public struct ResetPassword: Sendable {
  private let read: ReadMailedAccountLink
  private let accounts: any AccountRepository
  private let passwords: any PasswordHasher
  private let changes: any PasswordAndEmailRepository
  private let policy: PasswordPolicy
  private let refuseBreached: RefuseBreachedPassword

  public init(
    read: ReadMailedAccountLink, accounts: any AccountRepository, passwords: any PasswordHasher,
    changes: any PasswordAndEmailRepository, policy: PasswordPolicy, refuseBreached: RefuseBreachedPassword
  ) {
    self.read = read
    self.accounts = accounts
    self.passwords = passwords
    self.changes = changes
    self.policy = policy
    self.refuseBreached = refuseBreached
  }

  /// A password that is refused does not use the link up.
  /// - Returns: whose password it is.
  /// - Throws: `IdentityError`, `PasswordProblem`
  @discardableResult
  public func callAsFunction(_ token: String, to password: String) async throws -> UserID {
    try await reset(try await read(token, for: [.resetPassword]), to: password)
  }

  /// Answers alike for an address without an account. So the password is looked at first, without the account.
  /// - Parameter address: nil for a text that is no address.
  /// - Throws: `IdentityError`, `PasswordProblem`
  @discardableResult
  public func callAsFunction(code: String, of address: EmailAddress?, to password: String) async throws -> UserID {
    _ = try policy.password(password, for: address)
    guard let address else { throw IdentityError.invalidLink }
    return try await reset(try await read(code: code, for: [.resetPassword], of: .address(address)), to: password)
  }

  private func reset(_ link: MailedAccountLink, to password: String) async throws -> UserID {
    guard let account = try await accounts.account(link.user) else { throw IdentityError.invalidLink }
    let chosen = try policy.password(password, for: account.email, isOperator: account.isOperator)
    try await refuseBreached(chosen)
    try await changes.resetPassword(by: link, to: try await passwords.hashOrUnavailable(chosen))
    return link.user
  }
}
