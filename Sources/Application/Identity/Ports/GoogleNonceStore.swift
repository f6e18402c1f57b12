/// Nonces that can be used once, within five minutes.
public protocol GoogleNonceStore: Sendable {
  func keep(_ nonce: String) async throws(IdentityError)
  /// Whether the nonce can still be used.
  func isKept(_ nonce: String) async throws(IdentityError) -> Bool
  /// - Returns: whether the nonce could still be used.
  func consume(_ nonce: String) async throws(IdentityError) -> Bool
}
