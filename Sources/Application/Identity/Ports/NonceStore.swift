/// Nonces that can be used once, within five minutes.
public protocol NonceStore: Sendable {
  func keep(_ nonce: String) async throws(IdentityError)
  func consume(_ nonce: String) async throws(IdentityError) -> Bool
}
