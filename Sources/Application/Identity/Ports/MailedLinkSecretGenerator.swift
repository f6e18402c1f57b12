import Domain
import FoundationEssentials

/// Derives the secret of a mailed link, both when the link is sent and when it is checked. So no usable secret is
/// stored.
public protocol MailedLinkSecretGenerator: Sendable {
  func secret(purpose: String, id: String, user: UserID, expires: Date) -> String
}
