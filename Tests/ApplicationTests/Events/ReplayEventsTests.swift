import Application
import Domain
import Fakes
import Foundation
import Synchronization
import Testing

@Suite("Publishing events again")
struct ReplayEventsTests {
  private let bus = InMemoryEventBus()
  private let log = NotedReplays()

  private func replay(_ outbox: PublishedEvents) -> ReplayEvents { ReplayEvents(events: outbox, bus: bus, log: log) }

  private func range(_ seconds: Int = 1_000_000) throws -> EventReplayRange {
    let start = PublishedEvents.start
    return try #require(EventReplayRange(from: start, until: start + Double(seconds)))
  }

  @Test("all events of a time are published once more, with their ids, and the operator is noted first")
  func again() async throws {
    let outbox = PublishedEvents(count: 450)
    let count = try await replay(outbox)(.range(try range()), reason: Reason("lost"), actor: "cli:asha")
    #expect(count == 900)
    #expect(bus.published(to: .tasks) == outbox.all.map(\.envelope))
    let notes = log.notes
    #expect(notes.count == 1 && notes.first?.hasPrefix("cli:asha * * 2026-") == true)
  }

  @Test("a preview counts by type and publishes nothing")
  func preview() async throws {
    let preview = try await replay(PublishedEvents(count: 250)).preview(.range(try range()))
    #expect(preview == .init(count: 500, types: ["even": 250, "odd": 250]))
    #expect(bus.published(to: .tasks).isEmpty && log.notes.isEmpty)
  }

  @Test("a type that this build does not know needs an event that was found")
  func unknownType() async throws {
    let start = PublishedEvents.start
    func selection(_ type: String) throws -> ReplayEvents.Selection {
      .range(try #require(EventReplayRange(from: start, until: start + 60, type: type)))
    }
    let (bogus, known, even) = (try selection("bogus"), try selection("task.failed"), try selection("even"))
    let empty = replay(PublishedEvents(count: 0))
    await #expect(throws: StreamAdministrationError.unknownType) { try await empty.preview(bogus) }
    await #expect(throws: StreamAdministrationError.unknownType) { try await empty(bogus, reason: nil, actor: "a") }
    #expect(log.notes.isEmpty)
    #expect(try await empty.preview(known).count == 0)
    #expect(try await replay(PublishedEvents(count: 2)).preview(even).count > 0)
  }

  @Test("of more than ten thousand events none is published")
  func tooMany() async throws {
    let replay = replay(PublishedEvents(count: 5_001))
    await #expect(throws: StreamAdministrationError.tooManyEvents) {
      try await replay(.range(try range()), reason: nil, actor: "a")
    }
    #expect(bus.published(to: .tasks).isEmpty && log.notes.isEmpty)
  }

  @Test("one event is published if it was published before, and if it is there")
  func one() async throws {
    let outbox = PublishedEvents(count: 3)
    let event = try #require(outbox.all.first).envelope
    #expect(try await replay(outbox)(.one(event.id), reason: nil, actor: "a") == 1)
    #expect(bus.published(to: .tasks) == [event])
    let replay = replay(outbox)
    for id in [EventID(UUID()), outbox.waiting.envelope.id] {
      await #expect(throws: StreamAdministrationError.eventNotFound) {
        try await replay(.one(id), reason: nil, actor: "a")
      }
    }
  }

  @Test("nothing is published that could not be noted, and a bus that is away is told")
  func away() async throws {
    let (outbox, one) = (PublishedEvents(count: 1), try #require(PublishedEvents(count: 1).all.first).envelope.id)
    log.isAway.withLock { $0 = true }
    let replay = replay(outbox)
    await #expect(throws: StreamAdministrationError.unavailable) {
      try await replay(.one(one), reason: nil, actor: "a")
    }
    #expect(bus.published(to: .tasks).isEmpty)
    log.isAway.withLock { $0 = false }
    bus.setAway(true)
    await #expect(throws: StreamAdministrationError.unavailable) {
      try await replay(.one(one), reason: nil, actor: "a")
    }
  }

  @Test("a range has an end after its beginning, and a service that there is")
  func ranges() {
    let start = PublishedEvents.start
    #expect(EventReplayRange(from: start, until: start) == nil)
    #expect(EventReplayRange(from: start, until: start + 1, source: "wallet") == nil)
    #expect(EventReplayRange(from: start, until: start + 1, source: "billing") != nil)
  }
}

private final class NotedReplays: DeadLetterReplayLog {
  struct Away: Error {}
  let isAway = Mutex(false)
  private let all = Mutex<[String]>([])
  var notes: [String] { all.withLock { $0 } }

  func note(replayOf id: DeadLetterID, actor: String) async throws { try note("\(actor) \(id)") }
  func note(replayOfEvents what: String, reason: Reason?, actor: String) async throws { try note("\(actor) \(what)") }

  private func note(_ text: String) throws {
    guard !isAway.withLock({ $0 }) else { throw Away() }
    all.withLock { $0.append(text) }
  }
}

/// The outboxes of two services with as many events each, a second apart.
private struct PublishedEvents: PublishedEventReader {
  static let start = Date(timeIntervalSince1970: 1_795_000_000)
  let all: [EventRecord]
  let waiting: EventRecord

  init(count: Int) {
    func record(_ source: String, _ number: Int, isPublished: Bool = true) -> EventRecord {
      let time = Self.start + Double(number)
      let base = (["auth": 0, "task": 1_000_000][source] ?? 2_000_000) + number
      let digits = String(base)
      let id = "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
      return EventRecord(
        context: .tasks,
        envelope: EventEnvelope(
          id: EventID(UUID(uuidString: id) ?? UUID()), source: "/talktime/" + source,
          type: number % 2 == 0 ? "even" : "odd", subject: digits, time: time, data: "{}"),
        writtenAt: time, publishedAt: isPublished ? time : nil, entry: nil)
    }
    all = ["auth", "task"].flatMap { source in (0..<count).map { record(source, $0) } }
    waiting = record("session", 0, isPublished: false)
  }

  func record(of event: EventID) async throws -> EventRecord? { (all + [waiting]).first { $0.envelope.id == event } }

  func page(
    of source: String, in range: EventReplayRange, after last: EventRecord?, limit: Int
  ) async throws -> [EventRecord] {
    let own = all.filter { $0.envelope.source == "/talktime/" + source }
    let start = last.flatMap { last in own.firstIndex(of: last).map { $0 + 1 } } ?? 0
    return Array(own.dropFirst(start).prefix(limit))
  }
}
