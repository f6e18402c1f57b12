import Domain

/// Finds the link that a token belongs to. Reading it does not use it up.
public struct ReadAccountLink: Sendable {
  private let links: any AccountLinkRepository
  private let secrets: any LinkSecretGenerator

  public init(links: any AccountLinkRepository, secrets: any LinkSecretGenerator) {
    self.links = links
    self.secrets = secrets
  }

  func callAsFunction(_ text: String, for purposes: Set<AccountLinkPurpose>) async throws(IdentityError) -> AccountLink
  {
    guard let token = LinkToken(text), let link = try await links.link(token.id), purposes.contains(link.purpose)
    else { throw .invalidLink }
    let expected = secrets.secret(
      purpose: link.purpose.rawValue, id: link.id, user: link.user, expires: link.expiresAt)
    guard token.matches(expected) else { throw .invalidLink }
    return link
  }
}
