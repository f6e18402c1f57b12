import Domain

/// Asks a signed-in user for the password once more. Wrong ones are counted as those of a sign-in from the user's
/// device, so that a stolen session does not guess on.
public struct ConfirmPassword: Sendable {
  let accounts: any AccountRepository
  let passwords: any PasswordHasher
  private let limit: LimitPasswordAttempts

  public init(accounts: any AccountRepository, passwords: any PasswordHasher, limit: LimitPasswordAttempts) {
    self.accounts = accounts
    self.passwords = passwords
    self.limit = limit
  }

  /// - Parameter device: that the user is signed in on.
  /// - Returns: the account, and the stored hash that the password matches.
  /// - Throws: `invalidCredentials` for another password, and for an account that has none; `attemptLimit`,
  ///   `passwordLocked`.
  func callAsFunction(
    _ password: String, of user: UserID, on device: DeviceID
  ) async throws(IdentityError) -> (Account, hash: String) {
    guard let account = try await accounts.account(user) else { throw .accountGone }
    // Another account may have taken the address since it was read.
    guard let found = try await accounts.account(email: account.email), found.account.id == user else {
      throw .invalidCredentials
    }
    let attempt = try await limit.begin(account.email, from: device)
    let match = await passwords.match(password, found.passwordHash, for: RequestOrigin.current?.network)
    guard match.isRight, let hash = found.passwordHash else { throw await limit.failed(attempt, match) }
    try await limit.succeeded(attempt)
    return (account, hash)
  }
}
