import Domain

/// Replaces the password of a signed-in user.
public struct ChangePassword: Sendable {
  private let confirm: ConfirmPassword
  private let changes: any PasswordAndEmailRepository
  private let policy: PasswordPolicy
  private let refuseBreached: RefuseBreachedPassword

  public init(
    confirm: ConfirmPassword, changes: any PasswordAndEmailRepository, policy: PasswordPolicy,
    refuseBreached: RefuseBreachedPassword
  ) {
    self.confirm = confirm
    self.changes = changes
    self.policy = policy
    self.refuseBreached = refuseBreached
  }

  /// - Parameter device: the caller's, which stays signed in.
  /// - Throws: `IdentityError`, `PasswordProblem`
  public func callAsFunction(
    of user: UserID, from current: String, to password: String, keeping device: DeviceID
  ) async throws {
    let (account, old) = try await confirm(current, of: user, on: device)
    let chosen = try policy.password(password, for: account.email, isOperator: account.isOperator)
    try await refuseBreached(chosen)
    let new = try await confirm.passwords.hashOrUnavailable(chosen)
    try await changes.changePassword(of: user, from: old, to: new, keeping: device)
  }
}

extension Account {
  var isOperator: Bool { scope.contains(Scope.operator.rawValue) }
}

extension PasswordHasher {
  func hashOrUnavailable(_ password: Password) async throws(IdentityError) -> String {
    do {
      return try await hash(password, for: RequestOrigin.current?.network)
    } catch {
      throw .unavailable
    }
  }
}
