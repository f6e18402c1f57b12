import Domain
import FoundationEssentials

public struct Account: Sendable, Equatable {
  public let id: UserID
  public let email: EmailAddress
  public let name: String?
  public let emailVerified: Bool
  public let hasPassword: Bool
  public let googleLinked: Bool
  public let isDisabled: Bool
  public let scope: Set<String>
  public let createdAt: Date

  public init(
    id: UserID, email: EmailAddress, name: String?, emailVerified: Bool, hasPassword: Bool, googleLinked: Bool,
    isDisabled: Bool, scope: Set<String>, createdAt: Date
  ) {
    self.id = id
    self.email = email
    self.name = name
    self.emailVerified = emailVerified
    self.hasPassword = hasPassword
    self.googleLinked = googleLinked
    self.isDisabled = isDisabled
    self.scope = scope
    self.createdAt = createdAt
  }
}

public struct NewAccount: Sendable {
  public let email: EmailAddress
  public let name: String?
  public let passwordHash: String?
  public let googleSubject: String?
  /// Google vouches for the address.
  public let emailVerified: Bool

  public init(
    email: EmailAddress, name: String?, passwordHash: String?, googleSubject: String?, emailVerified: Bool
  ) {
    self.email = email
    self.name = name
    self.passwordHash = passwordHash
    self.googleSubject = googleSubject
    self.emailVerified = emailVerified
  }
}

public struct EmailVerification: Sendable {
  public let id: String
  public let user: UserID
  public let expiresAt: Date

  public init(id: String, user: UserID, expiresAt: Date) {
    self.id = id
    self.user = user
    self.expiresAt = expiresAt
  }
}

/// Accounts. What happens to one is told to the others from the same transaction. A row that came from the Flask
/// deployment's tables with an address that is another's or none, and one that was merged into another, is no account:
/// nothing finds it.
public protocol AccountRepository: Sendable {
  /// - Throws: `emailTaken`, decided by the store.
  func create(_ account: NewAccount) async throws(IdentityError) -> Account
  func account(_ id: UserID) async throws(IdentityError) -> Account?
  func account(email: EmailAddress) async throws(IdentityError) -> (account: Account, passwordHash: String?)?
  func account(googleSubject: String) async throws(IdentityError) -> Account?
  func rename(_ id: UserID, to name: String?) async throws(IdentityError) -> Account?
  func storePasswordHash(_ hash: String, of id: UserID) async throws(IdentityError)
  /// Does nothing where the hash is no longer the old one: the password was changed meanwhile.
  func replacePasswordHash(_ old: String, with new: String, of id: UserID) async throws(IdentityError)
  /// Gives the account of this address the Google subject, where it has neither a password nor a subject: it came from
  /// the Flask deployment's tables, and Google was its owner's only way in. Google's word proves the address, too.
  /// - Returns: the account, once; nil in every other case.
  func adopt(googleSubject: String, by email: EmailAddress) async throws(IdentityError) -> Account?
  func verification(_ id: String) async throws(IdentityError) -> EmailVerification?
  /// Marks the address proven, once.
  func verified(_ verification: EmailVerification) async throws(IdentityError)
  /// A fresh verification, unless the address is proven.
  func requestVerification(of id: UserID) async throws(IdentityError)
}
