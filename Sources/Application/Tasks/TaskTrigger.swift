import Domain

/// The events that the task service acts on.
public enum TaskTrigger: Sendable {
  case settled(TalkSettled)
  case reported(ConversationReported)
  case captured(PaymentCaptured)
  case refunded(PaymentRefunded)
  case returned(PaymentReturned)
  case reversed(DebitNoteIssued)
  case verificationRequested(EmailVerificationRequested)
  case verified(EmailVerified)
  case googleLinked(GoogleLinked)
  case newDevice(NewDeviceSignedIn)
  case passkeyChanged(PasskeyChanged)
  case linkRequested(MailedAccountLinkRequested)
  case passwordChanged(PasswordChanged)
  case secondFactorChanged(SecondFactorChanged)
  case waysInRemoved(WaysInRemoved)
  case deleted(UserDeleted)
  case low(TalkTimeLow)
  case recovered(TalkTimeNoLongerLow)
}

extension TaskTrigger {
  /// Reads what the group `ConsumerGroupName.tasks` acts on.
  /// - Returns: nil for an event of another type.
  /// - Throws: if the data is not of the event's type.
  public init?(_ envelope: EventEnvelope) throws(UndecodableEvent) {
    guard let trigger = try Self.trigger(envelope) else { return nil }
    self = trigger
  }

  private static func trigger(_ envelope: EventEnvelope) throws(UndecodableEvent) -> TaskTrigger? {
    if let talk = try envelope.event(TalkSettled.self) { return .settled(talk) }
    if let report = try envelope.event(ConversationReported.self) { return .reported(report) }
    if let payment = try envelope.event(PaymentCaptured.self) { return .captured(payment) }
    if let refund = try envelope.event(PaymentRefunded.self) { return .refunded(refund) }
    if let back = try envelope.event(PaymentReturned.self) { return .returned(back) }
    if let note = try envelope.event(DebitNoteIssued.self) { return .reversed(note) }
    if let request = try envelope.event(EmailVerificationRequested.self) { return .verificationRequested(request) }
    if let verified = try envelope.event(EmailVerified.self) { return .verified(verified) }
    if let link = try envelope.event(GoogleLinked.self) { return .googleLinked(link) }
    if let signIn = try envelope.event(NewDeviceSignedIn.self) { return .newDevice(signIn) }
    if let changed = try envelope.event(PasskeyChanged.self) { return .passkeyChanged(changed) }
    if let request = try envelope.event(MailedAccountLinkRequested.self) { return .linkRequested(request) }
    if let change = try envelope.event(PasswordChanged.self) { return .passwordChanged(change) }
    if let change = try envelope.event(SecondFactorChanged.self) { return .secondFactorChanged(change) }
    if let low = try envelope.event(TalkTimeLow.self) { return .low(low) }
    if let recovered = try envelope.event(TalkTimeNoLongerLow.self) { return .recovered(recovered) }
    if let change = try envelope.event(WaysInRemoved.self) { return .waysInRemoved(change) }
    if let gone = try envelope.event(UserDeleted.self) { return .deleted(gone) }
    return nil
  }
}
