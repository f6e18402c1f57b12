import Domain

/// Makes refresh tokens, and recognizes those that it made.
public protocol RefreshTokenMinter: Sendable {
  /// A new token of the device's family.
  /// - Parameter secret: 32 random bytes.
  func token(of device: DeviceID, secret: [UInt8]) -> String
  /// The device that the token was made for, whether or not the token is still valid. Nil for a text that was not made
  /// here.
  func family(of token: String) -> DeviceID?
  /// Encrypts a token so that only the token that it replaces can decrypt it.
  func seal(_ successor: String, under parent: String) throws(IdentityError) -> [UInt8]
  /// Nil if it was sealed under another token.
  func unseal(_ sealed: [UInt8], with parent: String) -> String?
}
