import Domain
import Foundation
import Synchronization
import Testing

@testable import Application

@Suite("The way of an event")
struct TraceEventTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)

  private func record(_ event: some DomainEvent) throws -> EventRecord {
    let context = type(of: event).context
    return EventRecord(
      context: context,
      envelope: EventEnvelope(
        id: EventID(UUID()), source: "/talktime/billing", type: type(of: event).type, subject: event.subject,
        time: Self.now, data: try EventEnvelope.data(of: event)),
      writtenAt: Self.now, publishedAt: Self.now, entry: StreamEntryID(milliseconds: 5))
  }

  @Test("a payment's way ends at its receipt")
  func payment() async throws {
    let user = UserID(UUID())
    let payment = PaymentCaptured(
      userID: user, orderID: "o", paymentID: "pay_1", amount: Paise(100), currency: .inr, talkTime: .minutes(1))
    let record = try record(payment)
    let task = TaskSummary(
      id: TaskID(UUID()), type: "receipt_mail", state: .completed, attempts: 1, errorCode: nil, createdAt: Self.now,
      startedAt: nil, completedAt: nil)
    let known = KnownEvent(
      record: record, seen: [InboxRecord(consumer: "task", seenAt: Self.now)], tasks: ["receipt_mail:pay_1": task])
    let trace = try await TraceEvent(records: known, streams: known)(record.envelope.id)
    #expect(trace.record == record && trace.tasks == [task] && trace.inbox.count == 1)
    #expect(trace.deliveries.map(\.entry) == [StreamEntryID(milliseconds: 5)])
  }

  @Test("an inbox proves that its group acted on an entry that the stream has forgotten, and says nothing of others")
  func forgotten() async throws {
    let record = try record(UserDeleted(userID: UserID(UUID())))
    let groups = ["task", "session.accounts"]
    let known = KnownEvent(
      record: record, seen: [InboxRecord(consumer: "task", seenAt: Self.now)], tasks: [:], forgottenBy: groups)
    let trace = try await TraceEvent(records: known, streams: known)(record.envelope.id)
    #expect(trace.deliveries.map(\.group) == groups && trace.deliveries.map(\.state) == [.acknowledged, .forgotten])
  }

  @Test("tasks are looked for only once the task service has seen the event")
  func unseen() async throws {
    let record = try record(UserDeleted(userID: UserID(UUID())))
    let known = KnownEvent(record: record, seen: [], tasks: [:])
    #expect(try await TraceEvent(records: known, streams: known)(record.envelope.id).tasks.isEmpty)
  }

  @Test("the id of a talk's end tells its stream; any other id without a row is looked for in every stream")
  func sources() throws {
    let shard = try #require(Shard(7))
    let session = try #require(SessionID(shard: shard, random: Array(repeating: 7, count: 16)))
    let ended = try #require(EventID("session.ended:\(session)"))
    #expect(TraceEvent.sources(of: ended, nil) == [.endedTalks(session.shard)])
    #expect(TraceEvent.sources(of: EventID(UUID()), nil) == BoundedContext.allCases.map { .context($0) })
    let unreadable = try #require(EventID("session.ended:x"))
    #expect(TraceEvent.sources(of: unreadable, nil).count == 4)
  }

  @Test("what a group has acknowledged is shown with its effect, also if it acts while the trace is read")
  func actsMeanwhile() async throws {
    let record = try record(UserDeleted(userID: UserID(UUID())))
    let known = KnownEvent(
      record: record, seen: [InboxRecord(consumer: "task", seenAt: Self.now)], tasks: [:])
    let acting = ActingGroup(known)
    let trace = try await TraceEvent(records: acting, streams: acting)(record.envelope.id)
    #expect(trace.deliveries.map(\.state) == [.acknowledged] && trace.inbox.map(\.consumer) == ["task"])
  }

  @Test("an event of which nothing is known is no event")
  func unknown() async throws {
    let nothing = KnownEvent(record: nil, seen: [], tasks: [:])
    let trace = TraceEvent(records: nothing, streams: nothing)
    await #expect(throws: StreamAdministrationError.eventNotFound) { try await trace(EventID(UUID())) }
  }
}

private struct KnownEvent: EventTraceReader, StreamAdministration {
  let record: EventRecord?
  let seen: [InboxRecord]
  /// By their unique keys.
  let tasks: [String: TaskSummary]
  var forgottenBy: [String] = []

  func record(of event: EventID) async throws -> EventRecord? { record?.envelope.id == event ? record : nil }
  func inbox(of event: EventID) async throws -> [InboxRecord] { seen }
  func tasks(_ wanted: [NewTask], seenAt: Date) async throws -> [TaskSummary] {
    wanted.compactMap { $0.uniqueKey.flatMap { tasks[$0] } }
  }

  func streams() async throws(StreamAdministrationError) -> [StreamReport] { [] }
  func deadLetterCounts() async throws(StreamAdministrationError) -> [String: Int64] { [:] }
  func deadLetters(after: DeadLetterID?, limit: Int) async throws(StreamAdministrationError) -> [DeadLetter] { [] }
  func deadLetter(_ id: DeadLetterID) async throws(StreamAdministrationError) -> DeadLetter? { nil }
  func replay(_ id: DeadLetterID) async throws(StreamAdministrationError) -> Bool { false }
  /// Names as the group what was asked for.
  func deliveries(
    of event: EventID, from source: EventSubscription.Source, entry: StreamEntryID?, publishedAt: Date?
  ) async throws(StreamAdministrationError) -> (deliveries: [EventDelivery], deadLetters: [DeadLetter]) {
    guard let entry else { return ([], []) }
    if !forgottenBy.isEmpty {
      return (forgottenBy.map { EventDelivery(stream: "s", entry: entry, group: $0, state: .forgotten) }, [])
    }
    return ([EventDelivery(stream: "s", entry: entry, group: "\(source) \(entry)", state: .acknowledged)], [])
  }
}

/// A group that acts on the event just before its state is read.
private final class ActingGroup: EventTraceReader, StreamAdministration {
  private let known: KnownEvent
  private let hasActed = Mutex(false)

  init(_ known: KnownEvent) { self.known = known }

  func record(of event: EventID) async throws -> EventRecord? { try await known.record(of: event) }
  func inbox(of event: EventID) async throws -> [InboxRecord] { hasActed.withLock { $0 } ? known.seen : [] }
  func tasks(_ wanted: [NewTask], seenAt: Date) async throws -> [TaskSummary] { [] }

  func streams() async throws(StreamAdministrationError) -> [StreamReport] { [] }
  func deadLetterCounts() async throws(StreamAdministrationError) -> [String: Int64] { [:] }
  func deadLetters(after: DeadLetterID?, limit: Int) async throws(StreamAdministrationError) -> [DeadLetter] { [] }
  func deadLetter(_ id: DeadLetterID) async throws(StreamAdministrationError) -> DeadLetter? { nil }
  func replay(_ id: DeadLetterID) async throws(StreamAdministrationError) -> Bool { false }
  func deliveries(
    of event: EventID, from source: EventSubscription.Source, entry: StreamEntryID?, publishedAt: Date?
  ) async throws(StreamAdministrationError) -> (deliveries: [EventDelivery], deadLetters: [DeadLetter]) {
    hasActed.withLock { $0 = true }
    return try await known.deliveries(of: event, from: source, entry: entry, publishedAt: publishedAt)
  }
}
