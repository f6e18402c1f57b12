import Domain

public struct Register: Sendable {
  private let accounts: any AccountRepository
  private let passwords: any PasswordHasher
  private let issue: IssueTokens

  public init(accounts: any AccountRepository, passwords: any PasswordHasher, issue: IssueTokens) {
    self.accounts = accounts
    self.passwords = passwords
    self.issue = issue
  }

  public func callAsFunction(
    email: EmailAddress, password: Password, name: String?, userAgent: String?, network: ClientNetwork? = nil
  ) async throws(IdentityError) -> Tokens {
    let hash: String
    do { hash = try await passwords.hash(password, for: network) } catch { throw .unavailable }
    let made = issue.newDevice(
      methods: [AuthenticationMethod.password.rawValue], userAgent: userAgent, network: network)
    let account = try await accounts.create(
      NewAccount(email: email, name: name, passwordHash: hash, googleSubject: nil, emailVerified: false),
      device: made.device)
    return try await issue.tokens(account, to: made)
  }
}
