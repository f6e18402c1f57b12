import Domain

/// Finds the link that a token belongs to. Reading it does not use it up.
public struct ReadMailedAccountLink: Sendable {
  let links: any MailedAccountLinkRepository
  let secrets: any MailedLinkSecretGenerator
  let limitCodeTries: LimitCodeTries

  public init(
    links: any MailedAccountLinkRepository, secrets: any MailedLinkSecretGenerator, limitCodeTries: LimitCodeTries
  ) {
    self.links = links
    self.secrets = secrets
    self.limitCodeTries = limitCodeTries
  }

  func callAsFunction(_ text: String, for purposes: Set<MailedAccountLinkPurpose>) async throws(IdentityError)
    -> MailedAccountLink
  {
    guard let token = MailedLinkToken(text), let link = try await links.link(token.id),
      purposes.contains(link.purpose) || (link.choosesPassword && purposes.contains(.resetPassword))
    else { throw .invalidLink }
    let expected = secrets.secret(
      purpose: link.purpose.rawValue, id: link.id, user: link.user, expires: link.expiresAt)
    guard token.matches(expected) else { throw .invalidLink }
    return link
  }
}
