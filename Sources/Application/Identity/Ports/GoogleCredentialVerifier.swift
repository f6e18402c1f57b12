public protocol GoogleCredentialVerifier: Sendable {
  /// Accepts only a credential with an address that Google has verified. Says nothing about its nonce, nor whether it
  /// was used before.
  /// - Throws: `invalidCredentials`, or `unavailable` if Google's keys cannot be fetched.
  func verify(_ credential: String) async throws(IdentityError) -> VerifiedGoogleCredential
}
