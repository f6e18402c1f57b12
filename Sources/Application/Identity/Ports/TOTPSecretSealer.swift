import Domain

/// Encrypts the secrets of authenticator apps, each for its user only.
public protocol TOTPSecretSealer: Sendable {
  func seal(_ secret: [UInt8], of user: UserID) throws(IdentityError) -> [UInt8]
  /// Nil for a secret of another user, and for one that was sealed under another key.
  func unseal(_ sealed: [UInt8], of user: UserID) -> [UInt8]?
}
