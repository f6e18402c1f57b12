import Domain

/// Sends a mail once. A mail in the log was sent. If a worker may have died between sending and logging, the provider
/// is asked before the mail is sent again.
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

  /// For a user who has not proven the address yet. The content of the mail is also visible in the account.
  static let proof = TaskRecheckSchedule(
    first: .seconds(3_600), longest: .seconds(86_400), patience: .seconds(30 * 86_400))

  /// - Parameters:
  ///   - address: another address than the account's own; it counts as unproven.
  ///   - toUnverified: whether the mail may go to an address that is not proven. Such a mail has no name, because a
  ///     stranger may have chosen it.
  public func callAsFunction(
    _ content: MailContent, to user: UserID, at address: EmailAddress? = nil, customID: String, for task: ClaimedTask,
    toUnverified: Bool = false
  ) async -> TaskOutcome {
    do {
      guard let found = try await recipients.recipient(user) else { return .failed(code: "account_gone") }
      let recipient = Self.addressed(found, at: address)
      // The event `email.verified` wakes the task; this pause is only the fallback.
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

  private static func addressed(_ found: Recipient, at address: EmailAddress?) -> Recipient {
    let isVerified = found.verified && address == nil
    return Recipient(
      userID: found.userID, email: address?.text ?? found.email, name: isVerified ? found.name : nil,
      verified: isVerified)
  }
}
