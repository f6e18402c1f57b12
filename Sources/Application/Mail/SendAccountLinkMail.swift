import Domain

/// Mails a link that resets a password, changes an address or undoes that, or a code alone. The link's secret and its
/// code are derived here, when the mail is written. The mail goes to the address that the link was made for, whatever
/// the account's is by now.
public struct SendAccountLinkMail: TaskHandler {
  public let type: TaskType
  private let purpose: MailedAccountLinkPurpose
  private let links: any MailedLinkReader
  private let secrets: any MailedLinkSecretGenerator
  private let deliver: DeliverMail
  private let publicURL: String

  public init(
    _ purpose: MailedAccountLinkPurpose, links: any MailedLinkReader, secrets: any MailedLinkSecretGenerator,
    deliver: DeliverMail, publicURL: String
  ) {
    type = purpose.mail
    self.purpose = purpose
    self.links = links
    self.secrets = secrets
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = AccountLinkMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    do {
      // A link that was used, has expired or was withdrawn is of no use to anybody.
      guard let link = try await links.link(payload.linkID, of: user), link.purpose == purpose, link.isOpen else {
        return .completed
      }
      let secret = secrets.secret(
        purpose: purpose.rawValue, id: payload.linkID, user: user, expires: link.expiresAt)
      let code =
        purpose.hasCode
        ? secrets.code(purpose: purpose.rawValue, id: payload.linkID, user: user, expires: link.expiresAt) : nil
      let token = MailedLinkToken(id: payload.linkID, secret: secret)
      let page = purpose.fragment.map { "\(publicURL)/#\($0)=\(token.text)" } ?? publicURL
      return await deliver(
        .accountLink(purpose, link: page, code: code), to: user, at: link.address,
        customID: "\(purpose.rawValue)-\(payload.linkID)", for: task, toUnverified: true)
    } catch {
      return .retry(code: "link_unreadable", after: .zero)
    }
  }
}
