/// Whether a token that is still good in itself has been taken back since.
public protocol RevocationChecker: Sendable {
  /// - Throws: `keysUnavailable` where nobody can tell: then nobody is let in.
  func isRevoked(_ claims: AccessTokenClaims) async throws(AccessTokenError) -> Bool
}
