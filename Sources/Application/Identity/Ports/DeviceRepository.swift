import Domain
import FoundationEssentials

/// A device of a user who has just proven their identity, with the first token of its family.
public struct NewDevice: Sendable {
  public let id: DeviceID
  /// The SHA-256 of its refresh token.
  public let tokenHash: [UInt8]
  public let authenticatedAt: Date
  /// How the user proved their identity: values of `amr` (RFC 8176), such as `pwd`.
  public let methods: [String]
  public let userAgent: String?
  public let network: ClientNetwork?

  public init(
    id: DeviceID, tokenHash: [UInt8], authenticatedAt: Date, methods: [String], userAgent: String?,
    network: ClientNetwork? = nil
  ) {
    self.id = id
    self.tokenHash = tokenHash
    self.authenticatedAt = authenticatedAt
    self.methods = methods
    self.userAgent = userAgent
    self.network = network
  }
}

/// A refresh token that a client presents.
public struct PresentedRefreshToken: Sendable, Equatable {
  /// Its SHA-256.
  public let hash: [UInt8]
  /// The device that the token was made for, however long ago. Nil for a text that is not known to be our token.
  public let family: DeviceID?

  public init(hash: [UInt8], family: DeviceID?) {
    self.hash = hash
    self.family = family
  }
}

/// The token that takes the place of a presented one.
public struct RefreshTokenSuccessor: Sendable, Equatable {
  /// Its SHA-256.
  public let hash: [UInt8]
  /// The token itself, encrypted so that only the presented token can decrypt it.
  public let sealed: [UInt8]

  public init(hash: [UInt8], sealed: [UInt8]) {
    self.hash = hash
    self.sealed = sealed
  }
}

/// Who signed in on a device, when and how. A refresh changes none of it, a reauthentication the time and the methods.
public struct DeviceSignIn: Sendable, Equatable {
  public let device: DeviceID
  public let user: UserID
  public let authenticatedAt: Date
  public let methods: [String]

  public init(device: DeviceID, user: UserID, authenticatedAt: Date, methods: [String]) {
    self.device = device
    self.user = user
    self.authenticatedAt = authenticatedAt
    self.methods = methods
  }
}

/// The result of presenting a refresh token.
public enum RefreshTokenRotationResult: Sendable, Equatable {
  case rotated(DeviceSignIn)
  /// The token was exchanged a moment ago, and its successor was not used yet: the answer may have been lost, or two
  /// tabs have sent the token. The successor is the same as before.
  case repeated(DeviceSignIn, sealed: [UInt8])
  /// The token was exchanged before that, so another party has a copy: its device was ended.
  case replayed
  case unknown
}

/// A signed-in device as its user sees it.
public struct DeviceSummary: Sendable, Equatable {
  public let id: DeviceID
  public let userAgent: String?
  /// The network of the last sign-in or refresh, such as `203.0.113.0/24`.
  public let network: String?
  public let createdAt: Date
  /// The last sign-in or refresh.
  public let lastUsedAt: Date

  public init(id: DeviceID, userAgent: String?, network: String?, createdAt: Date, lastUsedAt: Date) {
    self.id = id
    self.userAgent = userAgent
    self.network = network
    self.createdAt = createdAt
    self.lastUsedAt = lastUsedAt
  }
}

/// The signed-in devices. A device is one family of refresh tokens, of which one is valid at a time. It is signed out
/// 30 days after its last refresh, and 90 days after its sign-in at the latest. Tokens are stored only as SHA-256.
public protocol DeviceRepository: Sendable {
  /// - Throws: `accountDisabled` for an account that is disabled or deleted by now.
  func open(_ device: NewDevice, user: UserID) async throws(IdentityError)
  /// The device whose current token, or the one before, has this hash.
  func device(holding tokenHash: [UInt8]) async throws(IdentityError) -> DeviceID?
  /// Exchanges the family's current token for its successor. For ten seconds, or until the successor is used, the token
  /// before it gets the same successor again. Any earlier token ends the device.
  /// - Parameter network: the client's, if it is known.
  func rotate(
    _ presented: PresentedRefreshToken, to successor: RefreshTokenSuccessor, network: ClientNetwork?
  ) async throws(IdentityError) -> RefreshTokenRotationResult
  /// The user has proven their identity again on the device.
  /// - Parameters:
  ///   - methods: are added to those of the device.
  ///   - moment: takes the place of the time of the sign-in.
  /// - Returns: nil if the user has no such device, or if it was ended.
  func reauthenticate(
    _ device: DeviceID, user: UserID, by methods: [String], at moment: Date
  ) async throws(IdentityError) -> DeviceSignIn?
  /// The user's signed-in devices, newest first.
  func signedIn(
    _ user: UserID, after cursor: DeviceCursor?, limit: Int
  ) async throws(IdentityError) -> [DeviceSummary]
  /// Ends the device, and with it every access token that carries its id.
  /// - Returns: false if the user has no such device, or if it was ended before.
  @discardableResult
  func end(_ device: DeviceID, user: UserID, cause: DeviceEndCause) async throws(IdentityError) -> Bool
  /// Ends the device of a refresh token, which may have been exchanged before.
  func end(familyOf presented: PresentedRefreshToken, cause: DeviceEndCause) async throws(IdentityError)
  /// Ends all devices of the user.
  /// - Parameter except: stays signed in.
  func endAll(of user: UserID, except: DeviceID?, cause: DeviceEndCause) async throws(IdentityError)
}
