import Domain

/// Sends a mail once: what is in the log was sent, and where a worker may have died between sending and noting, the
/// provider is asked before it is sent again.
public struct DeliverMail: Sendable {
  private let recipients: any RecipientDirectory
  private let log: any MailLog
  private let mailer: any MailSender
  private let composer: any MailComposer

  public init(
    recipients: any RecipientDirectory, log: any MailLog, mailer: any MailSender, composer: any MailComposer
  ) {
    self.recipients = recipients
    self.log = log
    self.mailer = mailer
    self.composer = composer
  }

  /// For somebody who has not proven his address yet. What the mail would say stands in the account all the same.
  static let proof = WaitSchedule(first: .seconds(3_600), longest: .seconds(86_400), patience: .seconds(30 * 86_400))

  /// - Parameter toUnverified: whether an address that nobody has proven may get it.
  public func callAsFunction(
    _ content: MailContent, to user: UserID, customID: String, for task: ClaimedTask, toUnverified: Bool = false
  ) async -> TaskOutcome {
    do {
      guard let recipient = try await recipients.recipient(user) else { return .failed(code: "account_gone") }
      // Woken by email.verified; this is only how often somebody looks by himself.
      guard recipient.verified || toUnverified else { return task.wait(by: Self.proof, orFail: "address_unproven") }
      if try await log.wasSent(customID) { return .completed }
      if task.attempt > 1, try await mailer.wasAccepted(customID) {
        try await log.remember(customID, for: user, messageID: nil)
        return .completed
      }
      let mail = try composer.compose(content, for: recipient, customID: customID)
      try await log.remember(customID, for: user, messageID: try await mailer.send(mail))
      return .completed
    } catch MailError.later(let code, let after) {
      return .retry(code: code, after: after)
    } catch MailError.refused(let code) {
      return .failed(code: code)
    } catch {
      return .retry(code: "mail_unavailable", after: .zero)
    }
  }
}
