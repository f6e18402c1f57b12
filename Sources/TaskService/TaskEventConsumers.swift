import Application
import Domain
import RedisAdapter
import Runtime
import ServiceLifecycle

/// The events that the task service consumes. Each event becomes its tasks, and is recorded as seen, in one
/// transaction.
struct TaskEventConsumers {
  let host: ServiceHost
  let enqueue: EnqueueTasks

  var all: [any Service] { [consumer(.talk), consumer(.billing), consumer(.identity)] }

  private func consumer(_ context: BoundedContext) -> any Service {
    let enqueue = enqueue
    return StreamConsumer(
      redis: host.redis, stream: Keyspace.events(context), dead: Keyspace.deadLetters(context.rawValue),
      group: ConsumerGroupName.tasks.rawValue, consumer: host.instance, logger: host.logger,
      isAway: { !($0 is DecodingError) },
      handler: { envelope in
        guard let trigger = try Self.trigger(envelope) else { return }
        try await enqueue(trigger, id: envelope.id)
      })
  }

  private static func trigger(_ envelope: EventEnvelope) throws -> TaskTrigger? {
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
    if let change = try envelope.event(WaysInRemoved.self) { return .waysInRemoved(change) }
    if let gone = try envelope.event(UserDeleted.self) { return .deleted(gone) }
    return nil
  }
}
