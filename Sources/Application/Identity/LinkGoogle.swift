import Domain

/// Links a Google account to the account of a signed-in user, as one more way to sign in.
public struct LinkGoogle: Sendable {
  private let redeem: RedeemGoogleCredential
  private let links: any GoogleLinkRepository

  public init(redeem: RedeemGoogleCredential, links: any GoogleLinkRepository) {
    self.redeem = redeem
    self.links = links
  }

  /// - Parameter fromPage: whether a browser's page sends the credential, which then needs a nonce.
  /// - Throws: `googleAccountTaken`, `alreadyLinked`; the credential can then be used elsewhere.
  public func callAsFunction(
    credential: String, nonce: String?, fromPage: Bool, user: UserID
  ) async throws(IdentityError) {
    let credential = try await redeem.check(credential, nonce: nonce, fromPage: fromPage)
    switch try await links.link(googleSubject: credential.identity.subject, to: user) {
    case .linked: try await redeem.use(credential)
    case .taken: throw .googleAccountTaken
    case .linkedToAnother: throw .alreadyLinked
    case .accountGone: throw .accountGone
    }
  }
}
