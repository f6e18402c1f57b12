import Domain

/// Signs in by e-mail and password. An unknown address takes as long, and gives the same error, as a wrong password.
public struct SignIn: Sendable {
  private let accounts: any AccountRepository
  private let passwords: any PasswordHasher
  private let limit: LimitPasswordAttempts
  private let issue: IssueTokens
  private let requiresProof: Bool

  /// - Parameter requiresProof: whether an account whose address nobody has proven is treated as none. Otherwise a
  ///   sign-in after `RegisterUnseen` would tell whether the address had an account before.
  public init(
    accounts: any AccountRepository, passwords: any PasswordHasher, limit: LimitPasswordAttempts, issue: IssueTokens,
    requiresProof: Bool = false
  ) {
    self.accounts = accounts
    self.passwords = passwords
    self.limit = limit
    self.requiresProof = requiresProof
    self.issue = issue
  }

  /// To be called before anything is read or counted for a sign-in.
  /// - Throws: `unavailable` if the network has too many hashes waiting.
  public func requireRoom(for network: ClientNetwork?) throws(IdentityError) {
    if !passwords.hasRoom(for: network) { throw .unavailable }
  }

  /// - Parameter knownDeviceProofs: what the browser presents to show that it has signed in before.
  /// - Throws: `invalidCredentials`, `attemptLimit`, `passwordLocked`, `accountDisabled`, and `secondFactorRequired`
  ///   for an account that has a second factor.
  public func callAsFunction(
    email: EmailAddress, password: String, knownDeviceProofs: [String] = [], userAgent: String?,
    network: ClientNetwork? = nil
  ) async throws(IdentityError) -> Tokens {
    let found = try await accounts.account(email: email)
    let attempt = try await limit.begin(email, account: found?.account, proofs: knownDeviceProofs)
    // Decided before the comparison, which costs another hash where the composed form does not match.
    let usable = found.flatMap { $0.account.emailVerified || !requiresProof ? $0 : nil }
    let match = await passwords.match(password, usable?.passwordHash, for: network)
    guard match.isRight, let account = usable?.account else { throw await limit.failed(attempt, match) }
    try await limit.succeeded(attempt)
    if let old = usable?.passwordHash, match == .asTyped || passwords.isOutdated(old) {
      await renew(old, password, of: account.id, for: network)
    }
    let result = try await issue.toNewDevice(
      of: account, methods: [.password], userAgent: userAgent, network: network)
    // A change of the password, or a new second factor, ended the devices of that moment, and not this one, which came
    // later.
    guard try await isCurrent(password, account, checkedAgainst: usable?.passwordHash, for: network) else {
      try await issue.withdraw(result, of: account, cause: .passwordChanged)
      throw .invalidCredentials
    }
    return try result.tokens()
  }

  private func isCurrent(
    _ password: String, _ account: Account, checkedAgainst hash: String?, for client: ClientNetwork?
  ) async throws(IdentityError) -> Bool {
    guard let found = try await accounts.account(email: account.email), let current = found.passwordHash,
      found.account.hasSecondFactor == account.hasSecondFactor
    else { return false }
    if current == hash { return true }
    // This sign-in or another one renewed the hash, or the password is another one.
    switch await passwords.match(password, current, for: client) {
    case .none: return false
    case .notCompared, .halfCompared: throw .unavailable
    case .composed, .asTyped: return true
    }
  }

  /// Replaces a hash of an older kind, or of a text that was not composed, by a current one. If hashing is not possible
  /// now, the next sign-in tries again.
  private func renew(_ old: String, _ password: String, of user: UserID, for client: ClientNetwork?) async {
    guard let new = try? await passwords.hash(Password(password), for: client) else { return }
    try? await accounts.replacePasswordHash(old, with: new, of: user)
  }
}
