import Domain
import FoundationEssentials

/// What a challenge was given out for.
public enum PasskeyChallengePurpose: Sendable, Hashable {
  case signIn
  /// - Parameter isAutomatic: whether the browser makes the passkey without asking.
  case registration(of: UserID, isAutomatic: Bool)
  /// A signed-in user proves their identity once more.
  case reauthentication(of: UserID)
}

/// Makes the challenges that authenticators sign, and recognizes those that it made. So none is stored before it is
/// used.
public protocol PasskeyChallengeMinter: Sendable {
  /// - Parameters:
  ///   - secret: 16 random bytes.
  ///   - expiry: in whole seconds.
  func challenge(for purpose: PasskeyChallengePurpose, secret: [UInt8], expiry: Date) -> [UInt8]
  /// When the challenge expires, or has expired. Nil for bytes that were not made here for this purpose.
  func expiry(of challenge: [UInt8], for purpose: PasskeyChallengePurpose) -> Date?
}
