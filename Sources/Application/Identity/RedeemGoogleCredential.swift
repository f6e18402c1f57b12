import Domain

/// Accepts each credential of Google once, for a sign-in, a link or anything else. A nonce in a credential must be one
/// that was given out here, and is valid once. A credential and its nonce are used up only by success, so that a client
/// can repeat a request that failed.
public struct RedeemGoogleCredential: Sendable {
  /// Longer than any nonce that is given out here, in UTF-8.
  static let longestNonce = 64

  private let google: any GoogleCredentialVerifier
  private let nonces: any GoogleNonceStore
  private let used: any UsedCredentialStore
  private let hashes: any TokenHasher
  private let random: any RandomSource

  public init(
    google: any GoogleCredentialVerifier, nonces: any GoogleNonceStore, used: any UsedCredentialStore,
    hashes: any TokenHasher, random: any RandomSource
  ) {
    self.google = google
    self.nonces = nonces
    self.used = used
    self.hashes = hashes
    self.random = random
  }

  public func newNonce() async throws(IdentityError) -> String {
    let nonce = Base64URL.encode(random.bytes(18))
    try await nonces.keep(nonce)
    return nonce
  }

  /// - Parameters:
  ///   - nonce: the nonce that the client believes to be in the credential; nil leaves it to the credential.
  ///   - fromPage: whether a browser's page sends it; its credential needs a nonce. Another client's credential may
  ///     have none.
  /// - Throws: `invalidCredentials`, also for a credential or a nonce that was used.
  public func check(
    _ text: String, nonce: String?, fromPage: Bool
  ) async throws(IdentityError) -> VerifiedGoogleCredential {
    let credential = try await google.verify(text)
    if let nonce, nonce != credential.nonce { throw .invalidCredentials }
    if let own = credential.nonce {
      guard own.utf8.count <= Self.longestNonce, try await nonces.isKept(own) else { throw .invalidCredentials }
    } else if fromPage {
      throw .invalidCredentials
    }
    if try await used.isUsed(digest(credential)) { throw .invalidCredentials }
    return credential
  }

  /// Uses up the credential and its nonce.
  /// - Throws: `invalidCredentials` if another request was faster.
  public func use(_ credential: VerifiedGoogleCredential) async throws(IdentityError) {
    guard try await used.use(digest(credential), expiry: credential.expiresAt) else { throw .invalidCredentials }
    if let nonce = credential.nonce, try await !nonces.consume(nonce) { throw .invalidCredentials }
  }

  private func digest(_ credential: VerifiedGoogleCredential) -> [UInt8] { hashes.sha256(credential.signedText) }
}
