import Domain

/// Asks a signed-in user for the password once more.
public struct ConfirmPassword: Sendable {
  let accounts: any AccountRepository
  let passwords: any PasswordHasher

  public init(accounts: any AccountRepository, passwords: any PasswordHasher) {
    self.accounts = accounts
    self.passwords = passwords
  }

  /// - Returns: the account, and the stored hash that the password matches.
  /// - Throws: `invalidCredentials` for another password, and for an account that has none.
  func callAsFunction(_ password: String, of user: UserID) async throws(IdentityError) -> (Account, hash: String) {
    guard let account = try await accounts.account(user) else { throw .accountGone }
    // Another account may have taken the address since it was read.
    guard let found = try await accounts.account(email: account.email), found.account.id == user else {
      throw .invalidCredentials
    }
    let hash = found.passwordHash
    guard try await passwords.match(password, hash) != .none, let hash else { throw .invalidCredentials }
    return (account, hash)
  }
}
