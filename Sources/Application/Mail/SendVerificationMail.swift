import Domain
import FoundationEssentials

/// Sends the mail with the verification link and its code. Both are derived here, when the mail is written.
public struct SendVerificationMail: TaskHandler {
  public let type = TaskType.verificationMail
  private let verifications: any MailedVerificationReader
  private let links: any MailedLinkSecretGenerator
  private let deliver: DeliverMail
  private let publicURL: String

  public init(
    verifications: any MailedVerificationReader, links: any MailedLinkSecretGenerator, deliver: DeliverMail,
    publicURL: String
  ) {
    self.verifications = verifications
    self.links = links
    self.deliver = deliver
    self.publicURL = publicURL
  }

  public func perform(_ task: ClaimedTask) async -> TaskOutcome {
    guard let payload = VerificationMailPayload(json: task.payload), let user = task.userID else {
      return .failed(code: "malformed_payload")
    }
    do {
      guard let row = try await verifications.verification(payload.verificationID, of: user) else {
        return .failed(code: "verification_gone")
      }
      if row.isUsed { return .completed }
      // After a long outage. The person asks for another mail, or has done so.
      guard row.isOpen else { return .failed(code: "link_expired") }
      let secret = links.secret(
        purpose: VerifyEmail.purpose, id: payload.verificationID, user: user, expires: row.expiresAt)
      let code = links.code(
        purpose: VerifyEmail.purpose, id: payload.verificationID, user: user, expires: row.expiresAt)
      let token = MailedLinkToken(id: payload.verificationID, secret: secret)
      return await deliver(
        .verification(link: "\(publicURL)/#verify=\(token.text)", code: code), to: user,
        customID: "verification-\(payload.verificationID)", for: task, toUnverified: true)
    } catch {
      return .retry(code: "verification_unreadable", after: .zero)
    }
  }
}
