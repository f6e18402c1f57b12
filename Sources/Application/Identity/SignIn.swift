import Domain

/// Signs in by e-mail and password. An unknown address takes as long, and gives the same error, as a wrong password.
public struct SignIn: Sendable {
  private let accounts: any AccountRepository
  private let passwords: any PasswordHasher
  private let limit: LimitPasswordAttempts
  private let issue: IssueTokens

  public init(accounts: any AccountRepository, passwords: any PasswordHasher, issue: IssueTokens) {
    self.accounts = accounts
    self.passwords = passwords
    self.issue = issue
  }

  public func callAsFunction(
    email: EmailAddress, password: String, knownDeviceProofs: [String] = [], userAgent: String?,
    network: ClientNetwork? = nil
  ) async throws(IdentityError) -> Tokens {
    let found = try await accounts.account(email: email)
    let match = try await passwords.match(password, found?.passwordHash)
    guard match != .none, let account = found?.account else { throw .invalidCredentials }
    if let old = found?.passwordHash, match == .asTyped || passwords.isOutdated(old) {
      await renew(old, password, of: account.id, for: network)
  /// - Parameter knownDeviceProofs: what the browser presents to show that it has signed in before.
  /// - Throws: `invalidCredentials`, `attemptLimit`, `passwordLocked`, `accountDisabled`
    }
    let tokens = try await issue.toNewDevice(of: account, methods: ["pwd"], userAgent: userAgent, network: network)
    // A change of the password during this sign-in ended the devices of that moment, and not this one, which came later.
    guard try await isCurrent(password, email, checkedAgainst: found?.passwordHash, for: network) else {
      try await issue.devices.end(tokens.deviceID, user: account.id, cause: .passwordChanged)
      throw .invalidCredentials
    }
    return tokens
  }

  private func isCurrent(
    _ password: String, _ email: EmailAddress, checkedAgainst hash: String?, for client: ClientNetwork?
  ) async throws(IdentityError) -> Bool {
    guard let current = try await accounts.account(email: email)?.passwordHash else { return false }
    if current == hash { return true }
    // This sign-in or another one renewed the hash, or the password is another one.
    return try await passwords.match(password, current, for: client) != .none
  }

  /// Replaces a hash of an older kind, or of a text that was not composed, by a current one. If hashing is not possible
  /// now, the next sign-in tries again.
  private func renew(_ old: String, _ password: String, of user: UserID, for client: ClientNetwork?) async {
    guard let new = try? await passwords.hash(Password(password), for: client) else { return }
    try? await accounts.replacePasswordHash(old, with: new, of: user)
  }
}
