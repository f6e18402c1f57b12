import Domain

/// Hashes and signatures for passkeys.
public protocol PasskeyCryptography: Sendable {
  func sha256(_ bytes: [UInt8]) -> [UInt8]
  /// Whether it is a key at all, such as a point that is on its curve.
  func isUsable(_ key: PasskeyPublicKey) -> Bool
  func isSignature(_ signature: [UInt8], of message: [UInt8], by key: PasskeyPublicKey) -> Bool
}
