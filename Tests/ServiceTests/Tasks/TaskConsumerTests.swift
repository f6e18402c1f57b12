import Application
import Domain
import Fakes
import Foundation
import PostgresDriver
import Synchronization
import Testing

@testable import TaskService

@Suite("The consumers of the task service over a bus that duplicates, reorders and fails")
struct TaskConsumerTests {
  private static let users = 12

  /// Each event that the service acts on but a deletion, for each user: those that make tasks with a unique key, tasks
  /// without one, and none. And one that is not for it.
  private static func events() throws -> [EventEnvelope] {
    var events: [EventEnvelope] = []
    for number in 0..<Int64(users) {
      let user = UserID(UUID())
      let session = try #require(
        SessionID(shard: Shard(of: user), random: (0..<16).map { _ in UInt8.random(in: 0...255) }))
      events += [
        try Envelopes.envelope(
          TalkSettled(
            userID: user, sessionID: session, conversationID: "conv_\(number)", charged: .seconds(1),
            endReason: "user")),
        try Envelopes.envelope(ConversationReported(userID: user, conversationID: "conv_\(number)")),
        // Several crossings of the mark by one user are several mails.
        try Envelopes.envelope(TalkTimeLow(userID: user, remaining: .seconds(number), version: 1)),
        try Envelopes.envelope(TalkTimeLow(userID: user, remaining: .seconds(number), version: 3)),
        try Envelopes.envelope(
          TalkTimeNoLongerLow(userID: user, remaining: .minutes(9), entryKind: "grant", lowVersion: 1)),
        // Its receipt says it.
        try Envelopes.envelope(
          TalkTimeNoLongerLow(userID: user, remaining: .minutes(9), entryKind: "purchase", lowVersion: 3)),
        try Envelopes.envelope(PasswordChanged(userID: user, changeID: "\(number)")),
        try Envelopes.envelope(EmailVerified(userID: user)),
        try Envelopes.envelope(UserDisabled(userID: user)),
      ]
      events += try billing(user, number) + identity(user, number)
    }
    return events
  }

  private static func billing(_ user: UserID, _ number: Int64) throws -> [EventEnvelope] {
    [
      try Envelopes.envelope(
        PaymentCaptured(
          userID: user, orderID: "order_\(number)", paymentID: "pay_\(number)", amount: Paise(19_900), currency: .inr,
          talkTime: .minutes(10))),
      try Envelopes.envelope(
        PaymentRefunded(
          userID: user, orderID: "order_\(number)", paymentID: "pay_\(number)", refundID: "refund_\(number)",
          amount: Paise(100), currency: .inr)),
      try Envelopes.envelope(
        PaymentReturned(
          userID: user, orderID: "order_\(number)", paymentID: "surplus_\(number)", refundID: "return_\(number)",
          amount: Paise(19_900), currency: .inr)),
      try Envelopes.envelope(
        DebitNoteIssued(
          userID: user, orderID: "order_\(number)", refundID: "refund_\(number)",
          number: try #require(DocumentNumber("DN2627-\(1_000_000 + number)")))),
    ]
  }

  private static func identity(_ user: UserID, _ number: Int64) throws -> [EventEnvelope] {
    let id = "\(number)"
    return [
      try Envelopes.envelope(EmailVerificationRequested(userID: user, verificationID: id)),
      try Envelopes.envelope(GoogleLinked(userID: user, linkID: id)),
      try Envelopes.envelope(
        NewDeviceSignedIn(userID: user, deviceID: id, network: nil, userAgent: nil, signedInAt: 1_790_000_000)),
      try Envelopes.envelope(PasskeyChanged(userID: user, passkeyID: id, change: .added)),
      try Envelopes.envelope(MailedAccountLinkRequested(userID: user, linkID: id, purpose: .resetPassword)),
      try Envelopes.envelope(SecondFactorChanged(userID: user, changeID: id, isAdded: true)),
      try Envelopes.envelope(
        WaysInRemoved(
          userID: user, changeID: id, cause: .emailChangeUndone, passkeys: 1, authenticatorApp: true, google: false)),
    ]
  }

  private func consumers(_ inbox: any EventTaskInbox, _ queue: InMemoryTaskQueue) -> [EventSubscription] {
    TaskEventConsumers(enqueue: EnqueueTasks(queue: inbox, accounts: queue)).all
  }

  private func tasks(_ queue: InMemoryTaskQueue) -> [String: Int] {
    let names = queue.rows.map { row in
      "\(row.type) \(row.task.payload) \(row.task.userID?.description ?? "-") \(row.task.uniqueKey ?? "-")"
    }
    return Dictionary(grouping: names, by: \.self).mapValues(\.count)
  }

  @Test("the tasks are those of an orderly bus, each once", arguments: UInt64(1)...20)
  func once(seed: UInt64) async throws {
    let events = try Self.events()
    let (queue, orderly) = (InMemoryTaskQueue(), InMemoryTaskQueue())
    let inbox = UnreliableTaskInbox(queue: queue)
    for consumer in consumers(inbox, queue) {
      let report = await UnreliableEventBus(seed: seed).deliver(
        events, to: consumer, trouble: { inbox.trouble($0, $1) })
      #expect(report.buried.isEmpty && report.duplicates > 0 && report.overtaken > 0 && report.failures > 0)
    }
    for event in events {
      for consumer in consumers(orderly, orderly) { try await consumer.handle(event) }
    }
    #expect(tasks(queue) == tasks(orderly))
    // A plan, two mails about a low balance, and one mail of each other kind.
    #expect(queue.rows.count == Self.users * 16)
  }

  @Test(
    "a report calls back its plan and a proven address its mails, once, and nothing else", arguments: UInt64(1)...20)
  func woken(seed: UInt64) async throws {
    let queue = InMemoryTaskQueue()
    let inbox = UnreliableTaskInbox(queue: queue)
    var (events, expected): ([EventEnvelope], Set<String>) = ([], [])
    for number in 0..<20 {
      let (user, conversation) = (UserID(UUID()), "conv_\(number)")
      let (plan, mail) = ("plan \(number)", "mail \(number)")
      queue.insert(
        NewTask(
          type: .carePlan, payload: plan, userID: user, uniqueKey: nil, callbackKey: "conversation:\(conversation)"))
      queue.insert(NewTask(type: .receiptMail, payload: mail, userID: user, uniqueKey: nil))
      guard number % 2 == 0 else { continue }
      events.append(try Envelopes.envelope(ConversationReported(userID: user, conversationID: conversation)))
      events.append(try Envelopes.envelope(EmailVerified(userID: user)))
      expected.formUnion([plan, mail])
    }
    func claimed() async throws -> [ClaimedTask] {
      let tasks = try await queue.claim(limit: 100, worker: "a", lease: .seconds(9))
      for task in tasks {
        let end: TaskDisposition =
          task.type == .carePlan
          ? .afterCallback(orAfter: .seconds(900), code: nil) : .again(after: .seconds(900), code: nil, counts: false)
        let isWritten = try await queue.finish(task, worker: "a", as: end)
        #expect(isWritten)
      }
      return tasks
    }
    #expect(try await claimed().count == 40)
    for consumer in consumers(inbox, queue) {
      let report = await UnreliableEventBus(seed: seed).deliver(
        events, to: consumer, trouble: { inbox.trouble($0, $1) })
      #expect(report.buried.isEmpty && report.duplicates > 0 && report.overtaken > 0 && report.failures > 0)
    }
    queue.advance(.seconds(1))
    let woken = try await claimed()
    #expect(woken.count == 20 && Set(woken.map(\.payload)) == expected)
    // They wait again, and the same events wake nothing more.
    for event in events {
      for consumer in consumers(queue, queue) { try await consumer.handle(event) }
    }
    #expect(try await claimed().isEmpty)
  }

  @Test(
    "an event whose data is not that of its type is buried at once",
    arguments: [
      TalkSettled.type, ConversationReported.type, TalkTimeLow.type, TalkTimeNoLongerLow.type, PaymentCaptured.type,
      PaymentRefunded.type, PaymentReturned.type, DebitNoteIssued.type, EmailVerificationRequested.type,
      EmailVerified.type, GoogleLinked.type, NewDeviceSignedIn.type, PasskeyChanged.type,
      MailedAccountLinkRequested.type, PasswordChanged.type, SecondFactorChanged.type, WaysInRemoved.type,
      UserDeleted.type,
    ])
  func undecodable(type: String) async {
    let queue = InMemoryTaskQueue()
    for consumer in consumers(queue, queue) {
      #expect(await Envelopes.isBuriedAtOnce(undecodable: type, by: consumer))
    }
    #expect(queue.rows.isEmpty)
  }

  @Test("an event that the database refuses is buried after its tries, and so is one whose data is not its type's")
  func refused() async throws {
    let (queue, user) = (InMemoryTaskQueue(), UserID(UUID()))
    let inbox = UnreliableTaskInbox(queue: queue)
    let (good, poison) = (
      try Envelopes.envelope(PasswordChanged(userID: user, changeID: "1")),
      try Envelopes.envelope(PasswordChanged(userID: user, changeID: "2"))
    )
    let broken = EventEnvelope(
      id: EventID(UUID()), source: "/talktime/auth", type: PasswordChanged.type, subject: "s", time: nil, data: "{}")
    inbox.refuse(poison.id)
    let consumer = try #require(consumers(inbox, queue).first)
    let report = await UnreliableEventBus(seed: 5).deliver(
      [poison, good, broken], to: consumer, trouble: { inbox.trouble($0, $1) })
    #expect(Set(report.buried.map(\.id)) == [poison.id, broken.id])
    #expect(queue.rows.count == 1)
  }

  @Test(
    "a deletion makes its task; an event about an account that was not deleted is buried, and makes none",
    arguments: UInt64(1)...20)
  func deletions(seed: UInt64) async throws {
    let (queue, gone) = (InMemoryTaskQueue(), UserID(UUID()))
    queue.delete(gone)
    let inbox = UnreliableTaskInbox(queue: queue)
    let (forged, real) = (
      try Envelopes.envelope(UserDeleted(userID: UserID(UUID()))), try Envelopes.envelope(UserDeleted(userID: gone))
    )
    for consumer in consumers(inbox, queue) {
      let report = await UnreliableEventBus(seed: seed).deliver(
        [forged, real], to: consumer, trouble: { inbox.trouble($0, $1) })
      #expect(Set(report.buried.map(\.id)) == [forged.id])
      // At once: nothing that stores answer changes that the account is there.
      #expect(consumer.isFinal(ErasureRefusal.accountNotDeleted))
      #expect(!consumer.isFinal(PostgresError(.unavailable)))
    }
    #expect(queue.rows.map(\.task.userID) == [gone])
  }

  @Test(
    "a deployment that refuses every event makes no dead letters: events wait for its repair",
    arguments: ["42501", "42P01", "42703", "0A000", "3D000", "XX001"])
  func deployment(state: String) {
    let queue = InMemoryTaskQueue()
    for consumer in consumers(queue, queue) {
      #expect(consumer.isAway(PostgresError(.server(sqlState: state, constraint: nil))))
    }
  }
}

/// A queue whose database is away at times, or loses its answers.
private final class UnreliableTaskInbox: EventTaskInbox {
  private struct State {
    var refused: Set<EventID> = []
    var mishap: Mishap?
  }

  private let queue: InMemoryTaskQueue
  private let state = Mutex(State())

  init(queue: InMemoryTaskQueue) { self.queue = queue }

  func refuse(_ event: EventID) { state.withLock { _ = $0.refused.insert(event) } }

  func trouble(_ number: UInt64, _ isCalm: Bool) {
    let mishaps: [Mishap?] = [nil, nil, .fails, .losesAnswer]
    state.withLock { $0.mishap = isCalm ? nil : mishaps[Int(number % 4)] }
  }

  func enqueue(_ tasks: [NewTask], wake: TaskWakeUp?, for event: EventID) async throws {
    try await pass(event) { try await queue.enqueue(tasks, wake: wake, for: event) }
  }

  func callBack(_ key: String, for event: EventID) async throws {
    try await pass(event) { try await queue.callBack(key, for: event) }
  }

  private func pass(_ event: EventID, _ body: () async throws -> Void) async throws {
    let (mishap, isRefused) = state.withLock { ($0.mishap, $0.refused.contains(event)) }
    if mishap == .fails { throw PostgresError(.unavailable) }
    if isRefused { throw PostgresError(.server(sqlState: "23514", constraint: "tasks_status_check")) }
    try await body()
    if mishap == .losesAnswer { throw PostgresError(.unavailable) }
  }
}
