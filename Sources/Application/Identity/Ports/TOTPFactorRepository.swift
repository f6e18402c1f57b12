import Domain

/// A secret that waits for its first code, and the store's time.
public struct PendingTOTPFactor: Sendable, Equatable {
  public let sealedSecret: [UInt8]
  /// Seconds since 1970.
  public let now: Int64

  public init(sealedSecret: [UInt8], now: Int64) {
    self.sealedSecret = sealedSecret
    self.now = now
  }
}

/// Whether a code may be compared with a user's secret.
public enum TOTPAttempt: Sendable, Equatable {
  /// - Parameter now: the store's time, in seconds since 1970.
  case allowed(sealedSecret: [UInt8], now: Int64)
  /// Too many wrong codes followed each other.
  case locked
  case noFactor
}

/// The authenticator apps of the users, one each, and the recovery codes that belong to them. An event about a change
/// is written in the same transaction as the change, if the account's address is proven.
public protocol TOTPFactorRepository: Sendable {
  /// Stores a secret that does not count before it is confirmed. It takes the place of an earlier one that waits.
  /// - Returns: false if the user has a confirmed one, or if the account is gone.
  func begin(_ sealedSecret: [UInt8], of user: UserID) async throws(IdentityError) -> Bool
  func pending(_ user: UserID) async throws(IdentityError) -> PendingTOTPFactor?
  /// Makes the waiting secret the user's second factor, and ends every other device, which signed in without it.
  /// - Parameters:
  ///   - step: of the code that confirms it, which is used up.
  ///   - recoveryHashes: the SHA-256 of each recovery code.
  /// - Returns: false if this secret does not wait any more.
  func confirm(
    _ sealedSecret: [UInt8], step: Int64, recoveryHashes: [[UInt8]], of user: UserID, keeping device: DeviceID
  ) async throws(IdentityError) -> Bool
  /// Removes the factor and its recovery codes. Does nothing where there is none.
  func remove(_ user: UserID) async throws(IdentityError)
  /// Counts one more wrong code, before the code is compared: of many at once only as many are compared as are allowed.
  /// A right code sets the count back.
  func attempt(_ user: UserID) async throws(IdentityError) -> TOTPAttempt
  /// - Returns: false if a code of this step or of a later one was used.
  func use(step: Int64, of user: UserID) async throws(IdentityError) -> Bool
  /// - Returns: false if the user has no such recovery code, or if it was used.
  func use(recoveryHash: [UInt8], of user: UserID) async throws(IdentityError) -> Bool
}

public enum TOTPLimits {
  /// The wrong codes in a row after which only a reset of the password by mail allows another one.
  public static let mostWrongCodes = 100
}
