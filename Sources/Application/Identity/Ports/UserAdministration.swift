import Domain
import FoundationEssentials

/// An account as an operator sees it.
public struct AdministeredUser: Sendable, Equatable {
  public let id: UserID
  /// The address as it is stored. One that was taken over from the Flask deployment may be no address at all.
  public let email: String
  public let name: String?
  public let emailVerified: Bool
  public let scope: Set<String>
  public let createdAt: Date
  public let lastSignIn: Date?
  /// Nil for an account that is not disabled.
  public let disabledAt: Date?

  public init(
    id: UserID, email: String, name: String?, emailVerified: Bool, scope: Set<String>, createdAt: Date,
    lastSignIn: Date?, disabledAt: Date?
  ) {
    self.id = id
    self.email = email
    self.name = name
    self.emailVerified = emailVerified
    self.scope = scope
    self.createdAt = createdAt
    self.lastSignIn = lastSignIn
    self.disabledAt = disabledAt
  }
}

public enum UserAdministrationError: StableError, Equatable {
  /// Postgres cannot be reached; nothing was changed.
  case unavailable
  /// There is no such account, or it was deleted or merged.
  case userNotFound
  case invalidReason
  /// Operators cannot disable their own account: nobody might be left to enable it.
  case ownAccount

  public var code: String {
    switch self {
    case .unavailable: "identity_unavailable"
    case .userNotFound: "not_found"
    case .invalidReason: "invalid_reason"
    case .ownAccount: "own_account"
    }
  }
}

/// Finds, disables and enables accounts for an operator, and reads their trails. Each change is one transaction with
/// its audit note; a repeat changes and notes nothing. Each reading of a trail is noted, too.
public protocol UserAdministration: Sendable {
  /// The accounts with this address, in any capitalization. Several accounts from the Flask deployment may share one.
  func users(email: String) async throws(UserAdministrationError) -> [AdministeredUser]
  /// - Throws: `userNotFound`
  func user(_ id: UserID) async throws(UserAdministrationError) -> AdministeredUser
  /// A part of the trail of an account, and an audit note about it, without which nothing is read.
  /// - Parameters:
  ///   - number: of the last event of the page before; nil for the first page.
  ///   - actor: the user id of the operator.
  /// - Returns: at most `limit` events, the newest first.
  /// - Throws: `userNotFound`
  func events(
    of user: UserID, before number: Int64?, limit: Int, actor: String
  ) async throws(UserAdministrationError) -> [SecurityEvent]
  /// Disables the account: no sign-in succeeds, its devices end with all their tokens, and `user.disabled` is
  /// published, which ends its live talk.
  /// - Parameter actor: a user id, or `cli:` and a name.
  /// - Throws: `userNotFound`
  func disable(
    _ user: UserID, reason: Reason, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser
  /// Lets the account sign in again.
  /// - Throws: `userNotFound`
  func enable(
    _ user: UserID, reason: Reason, actor: String
  ) async throws(UserAdministrationError) -> AdministeredUser
}
