import Domain

/// Disables an account for an operator, or enables it again.
public struct DisableUser: Sendable {
  public enum Wish: Sendable, CaseIterable { case disable, enable }

  private let users: any UserAdministration

  public init(users: any UserAdministration) { self.users = users }

  /// - Parameter actor: the operator's user id, or `cli:` and a name.
  public func callAsFunction(
    _ wish: Wish, _ user: UserID, reason: String, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser {
    guard let reason = Reason(reason) else { throw .invalidReason }
    if actor == user.description { throw .ownAccount }
    switch wish {
    case .disable: return try await users.disable(user, reason: reason, actor: actor)
    case .enable: return try await users.enable(user, reason: reason, actor: actor)
    }
  }
}
