import Domain

public protocol PasswordHasher: Sendable {
  /// - Throws: where too many wait already.
  func hash(_ password: Password) async throws -> String
  /// Takes as long for a hash that does not exist (nil) as for one that does not match.
  func verify(_ password: String, against hash: String?) async throws -> Bool
  /// Whether a new hash of the same password would be of another kind.
  func isOutdated(_ hash: String) -> Bool
}

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
    email: EmailAddress, password: Password, name: String?, userAgent: String?
  ) async throws(IdentityError) -> Tokens {
    let hash: String
    do { hash = try await passwords.hash(password) } catch { throw .unavailable }
    let account = try await accounts.create(
      NewAccount(email: email, name: name, passwordHash: hash, googleSubject: nil, emailVerified: false))
    return try await issue.toNewDevice(of: account, methods: ["pwd"], userAgent: userAgent)
  }
}
