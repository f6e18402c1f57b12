import Domain

/// Sends a mail once. A mail in the log was sent. If the provider may have the mail, because a worker died or an answer
/// was lost, the provider is asked with growing pauses before the mail is sent again.
public struct DeliverMail: Sendable {
  private let recipients: any RecipientDirectory
  private let undeliverable: any UndeliverableAddressRepository
  private let log: any SentMailLog
  private let mailer: any MailSender
  private let composer: any MailComposer

  public init(
    recipients: any RecipientDirectory, undeliverable: any UndeliverableAddressRepository, log: any SentMailLog,
    mailer: any MailSender, composer: any MailComposer
  ) {
    self.recipients = recipients
    self.undeliverable = undeliverable
    self.log = log
    self.mailer = mailer
    self.composer = composer
  }

  /// For a user who has not proven the address yet. The content of the mail is also visible in the account.
  static let proof = TaskRecheckSchedule(
    first: .seconds(3_600), longest: .seconds(86_400), patience: .seconds(30 * 86_400))
  /// For a provider that is away, or that refuses our key or our sender. Waiting for it is no attempt: an outage must
  /// lose no mail. The time counts from the first attempt to send, or from the end of a later pause of the type.
  static let provider = TaskRecheckSchedule(first: .seconds(5), longest: .seconds(600), patience: .seconds(3 * 86_400))

  /// The code of a mail to an account that has no address of its own, such as one that was merged.
  static let withoutAddress = "account_without_address"

  /// What there is to send.
  public enum Draft: Sendable {
    case content(MailContent)
    /// There is nothing to send any more.
    case nothing(TaskOutcome)
  }

  /// - Parameters:
  ///   - address: another address than the account's own; it counts as unproven.
  ///   - toUnverified: whether the mail may go to an address that is not proven. Such a mail has no name, because a
  ///     stranger may have chosen it.
  public func callAsFunction(
    _ content: MailContent, to user: UserID, at address: EmailAddress? = nil, customID: String, for task: ClaimedTask,
    toUnverified: Bool = false
  ) async -> TaskOutcome {
    await self(to: user, at: address, customID: customID, for: task, toUnverified: toUnverified) { _ in
      .content(content)
    }
  }

  /// Delivers a mail whose content is decided when it is about to be sent, and not while it waits.
  /// - Parameters:
  ///   - obstacle: the outcome for a mail that cannot be written now. It comes before the provider is asked and before
  ///     the mail's time begins, unless the provider may have the mail.
  ///   - draft: is told whether the provider may have an earlier mail with this id.
  public func callAsFunction(
    to user: UserID, at address: EmailAddress? = nil, customID: String, for task: ClaimedTask,
    toUnverified: Bool = false, obstacle: TaskOutcome? = nil, draft: (_ mayBeThere: Bool) async throws -> Draft
  ) async -> TaskOutcome {
    do {
      guard let found = try await recipients.recipient(user) else {
        // Nobody needs a mail to a deleted account. Another one is merged, or waits for that, and then its tasks are
        // those of the account that remains.
        return try await recipients.isDeleted(user) ? .completed : .retry(code: Self.withoutAddress, after: .zero)
      }
      let recipient = Self.addressed(found, at: address)
      // The event `email.verified` wakes every mail of its user; this pause is only the fallback.
      guard recipient.verified || toUnverified else { return task.wait(by: Self.proof, orFail: "address_unproven") }
      let attempts: MailAttempts
      switch try await log.state(customID) {
      case .sent: return .completed
      case .untried: attempts = .none
      case .attempted(let found): attempts = found
      }
      // An attempt that could not write the mail is none to send it, and uses up no time of the provider's.
      if let obstacle, attempts.doubt == nil { return obstacle }
      if let outcome = try await confirmed(customID, of: user, attempts, task) { return outcome }
      if try await isUndeliverable(recipient) { return .failed(code: "address_undeliverable") }
      let content: MailContent
      switch try await draft(attempts.doubt != nil) {
      case .content(let found): content = found
      case .nothing(let outcome): return outcome
      }
      let mail = try composer.compose(content, for: recipient, customID: customID)
      return try await send(mail, to: user, attempts, task)
    } catch {
      return .retry(code: "mail_unavailable", after: .zero)
    }
  }

  /// The outcome for a mail that the provider may have; nil if it must be sent.
  private func confirmed(
    _ customID: String, of user: UserID, _ attempts: MailAttempts, _ task: ClaimedTask
  ) async throws -> TaskOutcome? {
    // An earlier release noted nothing before it sent, and an operator's retry of its task begins at one again. So the
    // provider is asked about every mail but a new one.
    guard attempts.count > 0 || task.wasStarted || task.sinceCreation > Self.new else { return nil }
    if attempts.count == 0 { try await log.start(customID, for: user) }
    let isAccepted: Bool
    do {
      isAccepted = try await mailer.wasAccepted(customID)
    } catch {
      return try await outcome(of: error, customID, attempts, task)
    }
    if isAccepted {
      try await log.remember(customID, for: user, messageID: nil)
      return .completed
    }
    guard let doubt = attempts.doubt, doubt.resend > .zero else { return nil }
    return .waiting(for: MailConfirmation.pause(after: doubt.age, until: doubt.resend), because: "mail_unconfirmed")
  }

  /// A task of this age may have been run by an earlier release.
  private static let new = Duration.seconds(3_600)

  private func isUndeliverable(_ recipient: Recipient) async throws -> Bool {
    guard let address = EmailAddress(recipient.email) else { return false }
    return try await undeliverable.contains(address)
  }

  private func send(
    _ mail: OutgoingMail, to user: UserID, _ attempts: MailAttempts, _ task: ClaimedTask
  ) async throws -> TaskOutcome {
    let lost = MailConfirmation.untilResend(MailConfirmation.afterLostAnswer, sends: attempts.count)
    try await log.begin(mail.customID, for: user, resendAfter: lost)
    let messageID: String?
    do {
      messageID = try await mailer.send(mail)
    } catch {
      switch error {
      case .unconfirmed(_, isAnswered: false): break
      case .unconfirmed(_, isAnswered: true):
        let answered = MailConfirmation.untilResend(MailConfirmation.afterServerError, sends: attempts.count)
        try await log.postpone(mail.customID, resendAfter: answered)
      case .unavailable, .misconfigured, .rejected:
        // What the provider may have of an earlier attempt, it may still have.
        if attempts.doubt == nil { try await log.withdraw(mail.customID) }
      }
      return try await outcome(of: error, mail.customID, attempts, task)
    }
    try await log.remember(mail.customID, for: user, messageID: messageID)
    return .completed
  }

  private func outcome(
    of error: MailError, _ customID: String, _ attempts: MailAttempts, _ task: ClaimedTask
  ) async throws -> TaskOutcome {
    if case .rejected(let code) = error { return .failed(code: code) }
    guard let pause = Self.provider.pause(after: task.waited(attempts.tried)) else {
      try await log.giveUp(customID)
      return .failed(code: error.code)
    }
    switch error {
    case .unconfirmed(let code, _):
      // The first lost answer counts as an attempt: a worker of an earlier release asks only before a second one.
      let first = MailConfirmation.pause(after: .zero, until: MailConfirmation.afterServerError)
      return task.attempt == 1 ? .retry(code: code, after: first) : .waiting(for: first, because: code)
    case .unavailable(let code, let after): return .waiting(for: max(pause, after), because: code)
    case .misconfigured(let code), .rejected(let code): return .waiting(for: pause, because: code)
    }
  }

  private static func addressed(_ found: Recipient, at address: EmailAddress?) -> Recipient {
    let isVerified = found.verified && address == nil
    return Recipient(
      userID: found.userID, email: address?.text ?? found.email, name: isVerified ? found.name : nil,
      verified: isVerified)
  }
}
