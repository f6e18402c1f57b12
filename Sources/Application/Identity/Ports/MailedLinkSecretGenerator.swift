import Domain
import FoundationEssentials

/// Derives the secret of a mailed link and the code beside it, both when the mail is sent and when they are checked. So
/// no usable secret is stored.
public protocol MailedLinkSecretGenerator: Sendable {
  func secret(purpose: String, id: String, user: UserID, expires: Date) -> String
  /// Says nothing about the secret, nor the secret about the code.
  func code(purpose: String, id: String, user: UserID, expires: Date) -> MailedCode
  /// By what the tries of a holder's codes are counted. Nobody learns the address from it.
  func limitSubject(of holder: MailedCodeHolder) -> String
}
