import Domain

/// Sends the mail with the verification link and its code. Both are derived here, when the mail is written, and the
/// link's time is renewed then if the mail had to wait.
public struct SendVerificationMail: TaskHandler {
  public let type = TaskType.verificationMail
  private let links: any MailedLinkReader
  private let renewer: any MailedLinkRenewer
  private let secrets: any MailedLinkSecretGenerator
  private let deliver: DeliverMail
  private let publicURL: String

  public init(
    links: any MailedLinkReader, renewer: any MailedLinkRenewer, secrets: any MailedLinkSecretGenerator,
    deliver: DeliverMail, publicURL: String
  ) {
    self.links = links
    self.renewer = renewer
    self.secrets = secrets
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = VerificationMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    let (id, purpose) = (payload.verificationID, MailedAccountLinkPurpose.verifyEmail)
    do {
      // The address was proven by another verification, or the account is gone.
      guard try await links.link(id, of: user)?.purpose == purpose else { return .completed }
      return await deliver(to: user, customID: "verification-\(id)", for: task, toUnverified: true) { mayBeThere in
        switch try await renewer.renew(id, of: user, for: purpose, mayBeThere: mayBeThere) {
        // No retry could mail a link that is over.
        case .closed, .over: return .nothing(.completed)
        case .until(let expires):
          let secret = secrets.secret(purpose: purpose.rawValue, id: id, user: user, expires: expires)
          let code = secrets.code(purpose: purpose.rawValue, id: id, user: user, expires: expires)
          let token = MailedLinkToken(id: id, secret: secret)
          return .content(.verification(link: "\(publicURL)/#verify=\(token.text)", code: code))
        }
      }
    } catch {
      return .retry(code: "verification_unreadable", after: .zero)
    }
  }
}
