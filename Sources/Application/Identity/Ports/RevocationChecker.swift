/// Checks whether a token that is otherwise valid was revoked.
public protocol RevocationChecker: Sendable {
  /// - Throws: `revocationsUnavailable` if revocations cannot be read; the token is then refused.
  func isRevoked(_ claims: AccessTokenClaims) async throws(AccessTokenError) -> Bool
}
