import Domain

/// Mails a link that resets a password, changes an address or undoes that, or a code alone. The link's secret and its
/// code are derived here, when the mail is written, and the link's time is renewed then if the mail had to wait and the
/// purpose allows it. The mail goes to the address that the link was made for, whatever the account's is by now.
public struct SendAccountLinkMail: TaskHandler {
  public let type: TaskType
  private let purpose: MailedAccountLinkPurpose
  private let links: any MailedLinkReader
  private let renewer: any MailedLinkRenewer
  private let secrets: any MailedLinkSecretGenerator
  private let deliver: DeliverMail
  private let publicURL: String

  public init(
    _ purpose: MailedAccountLinkPurpose, links: any MailedLinkReader, renewer: any MailedLinkRenewer,
    secrets: any MailedLinkSecretGenerator, deliver: DeliverMail, publicURL: String
  ) {
    type = purpose.mail
    self.purpose = purpose
    self.links = links
    self.renewer = renewer
    self.secrets = secrets
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = AccountLinkMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    let id = payload.linkID
    do {
      // A link that was withdrawn is of no use to anybody.
      guard let link = try await links.link(id, of: user), link.purpose == purpose else { return .completed }
      return await deliver(
        to: user, at: link.address, customID: "\(purpose.rawValue)-\(id)", for: task, toUnverified: true
      ) { mayBeThere in
        switch try await renewer.renew(id, of: user, for: purpose, mayBeThere: mayBeThere) {
        // Who waited for a link that is over asks again. No retry could mail it.
        case .closed, .over: return .nothing(.completed)
        case .until(let expires):
          let secret = secrets.secret(purpose: purpose.rawValue, id: id, user: user, expires: expires)
          let code =
            purpose.hasCode ? secrets.code(purpose: purpose.rawValue, id: id, user: user, expires: expires) : nil
          let token = MailedLinkToken(id: id, secret: secret)
          let page = purpose.fragment.map { "\(publicURL)/#\($0)=\(token.text)" } ?? publicURL
          return .content(.accountLink(purpose, link: page, code: code))
        }
      }
    } catch {
      return .retry(code: "link_unreadable", after: .zero)
    }
  }
}
