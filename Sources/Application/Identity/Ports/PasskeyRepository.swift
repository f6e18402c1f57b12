import Domain
import FoundationEssentials

/// A passkey as its user sees it.
public struct PasskeySummary: Sendable, Equatable {
  public let id: PasskeyID
  /// The id of the credential, by which an authenticator knows it.
  public let credentialID: [UInt8]
  public let name: String
  public let transports: [PasskeyTransport]
  public let createdAt: Date
  /// The last sign-in with it.
  public let lastUsedAt: Date?

  public init(
    id: PasskeyID, credentialID: [UInt8], name: String, transports: [PasskeyTransport], createdAt: Date,
    lastUsedAt: Date?
  ) {
    self.id = id
    self.credentialID = credentialID
    self.name = name
    self.transports = transports
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
  }
}

/// What a sign-in with a passkey is checked against.
public struct StoredPasskey: Sendable, Equatable {
  public let id: PasskeyID
  public let user: UserID
  /// The COSE key.
  public let publicKey: [UInt8]
  public let counter: UInt32
  public let isBackupEligible: Bool

  public init(id: PasskeyID, user: UserID, publicKey: [UInt8], counter: UInt32, isBackupEligible: Bool) {
    self.id = id
    self.user = user
    self.publicKey = publicKey
    self.counter = counter
    self.isBackupEligible = isBackupEligible
  }
}

public enum PasskeyAddResult: Sendable, Equatable {
  case added(PasskeySummary)
  /// The credential is an account's already.
  case known
  /// The user has ``PasskeyRules/mostPasskeys``.
  case tooMany
  case accountGone
}

public enum PasskeyRemoveResult: Sendable, Equatable {
  case removed
  /// The user has no such passkey.
  case notFound
  /// The account has neither another passkey, nor a password, nor Google.
  case lastWayIn
}

/// The passkeys of all accounts. An event about a change is written in the same transaction as the change.
public protocol PasskeyRepository: Sendable {
  /// Stores a passkey. The mail about it goes to a proven address only.
  func add(
    _ credential: NewPasskeyCredential, name: String, transports: [PasskeyTransport], to user: UserID
  ) async throws(IdentityError) -> PasskeyAddResult
  /// The user's passkeys, newest first.
  func passkeys(of user: UserID) async throws(IdentityError) -> [PasskeySummary]
  func passkey(credentialID: [UInt8]) async throws(IdentityError) -> StoredPasskey?
  /// Notes a use of the passkey and opens the device, in one transaction: a passkey that is removed meanwhile opens no
  /// device that stays.
  /// - Parameter counter: must be able to follow the stored one, as the store decides.
  /// - Returns: the account; nil if the passkey is gone or the counter cannot follow.
  /// - Throws: `accountDisabled`
  func signIn(
    with passkey: PasskeyID, counter: UInt32, isBackedUp: Bool, device: NewDevice
  ) async throws(IdentityError) -> Account?
  /// Notes a use of the passkey by a user who is signed in.
  /// - Parameter counter: must be able to follow the stored one, as the store decides.
  /// - Returns: false if the passkey is gone or the counter cannot follow.
  func use(_ passkey: PasskeyID, counter: UInt32, isBackedUp: Bool) async throws(IdentityError) -> Bool
  /// Removes it, unless it is the account's only way to sign in, as the store decides.
  func remove(_ passkey: PasskeyID, of user: UserID) async throws(IdentityError) -> PasskeyRemoveResult
}
