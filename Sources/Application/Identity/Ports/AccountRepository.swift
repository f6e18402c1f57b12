import Domain
import FoundationEssentials

public struct Account: Sendable, Equatable {
  public let id: UserID
  public let email: EmailAddress
  public let name: String?
  public let emailVerified: Bool
  public let hasPassword: Bool
  public let googleLinked: Bool
  /// An authenticator app.
  public let hasSecondFactor: Bool
  public let hasPasskey: Bool
  public let isDisabled: Bool
  public let scope: Set<String>
  /// Of an account with the scope `operator`. Without one the scope gives no rights.
  public let operatorRole: OperatorRole?
  /// Grows whenever all devices of the account, or all others, end. Proofs of known devices from before have one count
  /// together.
  public let knownDevicesEpoch: Int64
  public let createdAt: Date

  public init(
    id: UserID, email: EmailAddress, name: String?, emailVerified: Bool, hasPassword: Bool, googleLinked: Bool,
    hasSecondFactor: Bool = false, hasPasskey: Bool = false, isDisabled: Bool, scope: Set<String>,
    operatorRole: OperatorRole? = nil, knownDevicesEpoch: Int64 = 0, createdAt: Date
  ) {
    self.id = id
    self.email = email
    self.name = name
    self.emailVerified = emailVerified
    self.hasPassword = hasPassword
    self.googleLinked = googleLinked
    self.hasSecondFactor = hasSecondFactor
    self.hasPasskey = hasPasskey
    self.isDisabled = isDisabled
    self.scope = scope
    self.operatorRole = operatorRole
    self.knownDevicesEpoch = knownDevicesEpoch
    self.createdAt = createdAt
  }
}

public struct NewAccount: Sendable {
  public let email: EmailAddress
  public let name: String?
  public let passwordHash: String?
  public let googleSubject: String?
  /// Whether Google has verified the address.
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

/// The user accounts. An event about a change is written in the same transaction as the change. Two kinds of row are
/// not accounts and no lookup finds them: a row from the Flask deployment's tables that has no address or another
/// account's address, and a row that was merged into another.
public protocol AccountRepository: Sendable {
  /// Creates the account, and in the same transaction its first device. Makes a verification of the address, unless
  /// Google has verified it.
  /// - Throws: `emailTaken`, as the store decides.
  func create(_ account: NewAccount, device: NewDevice?) async throws(IdentityError) -> Account
  func account(_ id: UserID) async throws(IdentityError) -> Account?
  func account(email: EmailAddress) async throws(IdentityError) -> (account: Account, passwordHash: String?)?
  func account(googleSubject: String) async throws(IdentityError) -> Account?
  func rename(_ id: UserID, to name: String?) async throws(IdentityError) -> Account?
  func storePasswordHash(_ hash: String, of id: UserID) async throws(IdentityError)
  /// Does nothing if the stored hash is no longer the old one, because the password was changed meanwhile.
  func replacePasswordHash(_ old: String, with new: String, of id: UserID) async throws(IdentityError)
}

extension AccountRepository {
  /// Creates an account without a device.
  public func create(_ account: NewAccount) async throws(IdentityError) -> Account {
    try await create(account, device: nil)
  }
}
