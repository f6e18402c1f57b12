import Application
import Domain
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Runtime
import TestInfrastructure
import Testing

private struct NumberedEvent: DomainEvent, Equatable {
  static let type = "numbered"
  static let context = BoundedContext.tasks
  let number: String
  var subject: String { number }
}

@Suite("Outbox and relay", .serialized)
struct OutboxRelayTests {
  private let outbox = PostgresOutbox(source: "task")

  private func write(_ pool: PostgresPool, _ range: Range<Int>) async throws {
    for n in range {
      let event = NumberedEvent(number: "\(n)")
      try await pool.transaction { try await outbox.append(event, in: $0) }
    }
  }

  /// Stops the relays once what the body wrote is also marked as published. A relay that is stopped before correctly
  /// leaves the events to be published again, which would count them twice.
  private func relaying(
    _ database: TestDatabase, to bus: RecordingBus, relays: Int = 1, every pause: Duration = .milliseconds(500),
    untilThrough: Bool = true, while body: @Sendable () async throws -> Void
  ) async throws {
    let tasks = (0..<relays).map { _ in
      let relay = OutboxRelay(
        source: "task", pool: database.pool, bus: bus, logger: Logger(label: "tests"))
      let worker = Worker(
        "relay", every: pause, wokenBy: { relay.commits }, logger: Logger(label: "tests")
      ) {
        try await relay.runOnce()
        return .later
      }
      return Task { try await worker.run() }
    }
    let result: Result<Void, any Error>
    do {
      try await body()
      if untilThrough { try await through(database.pool) }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    for task in tasks { task.cancel() }
    for task in tasks { _ = await task.result }
    try result.get()
  }

  private func waiting(_ pool: PostgresPool) async throws -> Int {
    try await pool.query("SELECT count(*) AS n FROM outbox WHERE published_at IS NULL").rows.first?.get("n") ?? -1
  }

  private func subjects(_ range: Range<Int>) -> [String] { range.map(String.init) }

  @Test("events are published once, in order, as CloudEvents of their service")
  func once() async throws {
    try await withMigratedDatabase { database in
      let bus = RecordingBus()
      // More than one batch is already there; the rest is written while the relay runs.
      try await database.pool.query(
        """
        INSERT INTO outbox (source, context, type, subject, data, created_at)
        SELECT 'task', 'tasks', 'task.failed', n::text, '{}', now() - interval '1 minute' + n * interval '1 microsecond'
        FROM generate_series(0, 249) AS n
        """)
      try await relaying(database, to: bus) {
        try await write(database.pool, 250..<260)
        #expect(try await eventually { try await waiting(database.pool) == 0 ? true : nil } == true)
      }
      #expect(await bus.subjects == subjects(0..<260))
      #expect(Set(await bus.published.map(\.id)).count == 260)
      #expect(await bus.contexts.allSatisfy { $0 == .tasks })
      let last = try #require(await bus.published.last)
      #expect(last.source == "/talktime/task" && last.type == "numbered" && last.time != nil)
      #expect(
        try last.event(NumberedEvent.self) == NumberedEvent(number: "259"))
    }
  }

  @Test("a commit wakes the relay of its process, which does not wait for its next look")
  func woken() async throws {
    try await withMigratedDatabase { database in
      let bus = RecordingBus()
      try await write(database.pool, 0..<1)
      try await relaying(database, to: bus, every: .seconds(3_600)) {
        // The look of its start.
        #expect(await eventually { await bus.published.count == 1 ? true : nil } == true)
        // It may begin to listen a moment later.
        var next = 1
        let isWoken: Bool? = try await eventually {
          try await write(database.pool, next..<next + 1)
          next += 1
          return await bus.published.count > 1 ? true : nil
        }
        #expect(isWoken == true)
      }
      let published = await bus.subjects
      #expect(published.count > 1 && published == subjects(0..<published.count))
    }
  }

  @Test("an event is published only if its transaction is committed, and only by its own service's relay")
  func committed() async throws {
    struct Stop: Error {}
    try await withMigratedDatabase { database in
      let bus = RecordingBus()
      try await relaying(database, to: bus) {
        await #expect(throws: Stop.self) {
          try await database.pool.transaction { transaction in
            try await outbox.append(NumberedEvent(number: "rolled back"), in: transaction)
            throw Stop()
          }
        }
        let other = PostgresOutbox(source: "auth")
        try await database.pool.transaction { try await other.append(UserDeleted(userID: UserID(UUID())), in: $0) }
        try await write(database.pool, 0..<1)
        #expect(await eventually { await bus.published.isEmpty ? nil : true } == true)
      }
      #expect(await bus.subjects == ["0"])
      #expect(try await waiting(database.pool) == 1)
    }
  }

  @Test("several relays take turns, and each event is published once")
  func turns() async throws {
    try await withMigratedDatabase(connections: 8) { database in
      let bus = RecordingBus()
      try await relaying(database, to: bus, relays: 4) {
        try await write(database.pool, 0..<80)
      }
      #expect(await bus.subjects.sorted() == subjects(0..<80).sorted())
      #expect(await bus.mostAtOnce == 1)
    }
  }

  @Test("a failing bus loses nothing: the events wait and are published in order when it is back")
  func outage() async throws {
    try await withMigratedDatabase { database in
      let bus = RecordingBus()
      await bus.goDown()
      try await relaying(database, to: bus) {
        try await write(database.pool, 0..<10)
        #expect(await eventually { await bus.failures > 1 ? true : nil } == true)
        #expect(try await waiting(database.pool) == 10)
        await bus.comeBack()
        #expect(try await eventually { try await waiting(database.pool) == 0 ? true : nil } == true)
      }
      #expect(await bus.subjects == subjects(0..<10))
    }
  }

  @Test("after a restart of the bus the last minute is published again, with the same ids, once by all relays")
  func restarted() async throws {
    try await withMigratedDatabase(connections: 8) { database in
      let bus = RecordingBus()
      try await relaying(database, to: bus, relays: 2) {
        try await write(database.pool, 0..<5)
        #expect(try await eventually { try await waiting(database.pool) == 0 ? true : nil } == true)
        try await age(database.pool, subjects: subjects(0..<2), seconds: 61)
        await bus.become("second")
        #expect(await eventually { await bus.published.count >= 8 ? true : nil } == true)
        try await write(database.pool, 5..<6)
        #expect(await eventually { await bus.subjects.contains("5") ? true : nil } == true)
      }
      let published = await bus.published
      #expect(published.map(\.subject) == subjects(0..<5) + subjects(2..<6))
      #expect(published[2..<5].map(\.id) == published[5..<8].map(\.id))
    }
  }

  @Test("a relay that restarts together with the bus publishes again, however long both were away")
  func bothRestarted() async throws {
    try await withMigratedDatabase { database in
      let bus = RecordingBus()
      try await relaying(database, to: bus) {
        try await write(database.pool, 0..<3)
        #expect(try await eventually { try await waiting(database.pool) == 0 ? true : nil } == true)
      }
      try await age(database.pool, subjects: subjects(0..<3), seconds: 7_200)
      await bus.become("second")
      try await relaying(database, to: bus) {
        #expect(await eventually { await bus.published.count >= 6 ? true : nil } == true)
      }
      #expect(await bus.subjects == subjects(0..<3) + subjects(0..<3))
      // With the same bus there is nothing to publish again.
      try await relaying(database, to: bus) {
        try await write(database.pool, 3..<4)
        #expect(await eventually { await bus.subjects.contains("3") ? true : nil } == true)
      }
      #expect(await bus.published.count == 7)
    }
  }

  private func age(_ pool: PostgresPool, subjects: [String], seconds: Int) async throws {
    try await pool.query(
      """
      UPDATE outbox SET published_at = published_at - \(seconds) * interval '1 second'
      WHERE subject = ANY(\(subjects))
      """)
  }

  /// Writes events of the minute before the bus was lost, a millisecond apart, and one that has waited since.
  private func writeBusyMinute(_ pool: PostgresPool, _ count: Int) async throws {
    try await pool.query(
      """
      INSERT INTO outbox (source, context, type, subject, data, created_at, published_at, published_to)
      SELECT 'task', 'tasks', 'task.failed', n::text, '{}', now() - (\(count) - n) * interval '1 millisecond',
        now() - (\(count) - n) * interval '1 millisecond', 'before'
      FROM generate_series(0, \(count - 1)) AS n
      """)
    try await write(pool, count..<(count + 1))
  }

  @Test("a busy minute is published again in small batches, each event once, and new events do not wait for it")
  func busyMinute() async throws {
    try await withMigratedDatabase(connections: 8) { database in
      let (bus, count) = (RecordingBus(), 30_000)
      try await writeBusyMinute(database.pool, count)
      try await relaying(database, to: bus, relays: 2) {
        #expect(await eventually(within: .seconds(120)) { await bus.published.count > 3_000 ? true : nil } == true)
        try await write(database.pool, (count + 1)..<(count + 2))
        #expect(await eventually(within: .seconds(120)) { await bus.published.count >= count + 2 ? true : nil } == true)
      }
      let subjects = await bus.subjects
      #expect(subjects.count == count + 2 && Set(subjects).count == count + 2)
      #expect(subjects.filter { Int($0) ?? 0 < count } == self.subjects(0..<count))
      let (largest, mostAtOnce) = (await bus.largest, await bus.mostAtOnce)
      #expect(largest <= 200 && mostAtOnce == 1)
      // Both the waiting event and the new one are published before the old ones are finished.
      let (last, waited) = (subjects.lastIndex(of: "\(count - 1)"), subjects.firstIndex(of: "\(count)"))
      let came = subjects.firstIndex(of: "\(count + 1)")
      #expect(try #require(waited) < 400)
      #expect(try #require(came) < (try #require(last)))
    }
  }

  @Test("a bus that is replaced while a backlog goes out is noticed before the next batch")
  func replacedMeanwhile() async throws {
    try await withMigratedDatabase { database in
      let (bus, count) = (RecordingBus(), 2_000)
      try await database.pool.query(
        """
        INSERT INTO outbox (source, context, type, subject, data, created_at)
        SELECT 'task', 'tasks', 'task.failed', n::text, '{}', now() - interval '1 minute' + n * interval '1 microsecond'
        FROM generate_series(0, \(count - 1)) AS n
        """)
      await bus.become("second", after: 600)
      try await relaying(database, to: bus) {
        #expect(await eventually { await bus.published.count >= count + 600 ? true : nil } == true)
      }
      let subjects = await bus.subjects
      #expect(subjects.count == count + 600 && Set(subjects) == Set(self.subjects(0..<count)))
      // The former bus may have had these alone. They do not wait for the end of the backlog.
      let (again, last) = (subjects.lastIndex(of: "599"), subjects.firstIndex(of: "\(count - 1)"))
      #expect(try #require(again) < (try #require(last)))
    }
  }

  @Test("the row of a published event has its entry in the stream")
  func entries() async throws {
    try await withMigratedDatabase { database in
      let bus = RecordingBus()
      try await relaying(database, to: bus) {
        try await write(database.pool, 0..<3)
        #expect(try await eventually { try await waiting(database.pool) == 0 ? true : nil } == true)
      }
      let rows = try await database.pool.query("SELECT entry FROM outbox ORDER BY created_at").rows
      let entries = try rows.map { row in try #require(StreamEntryID(try row.get("entry", as: String.self))) }
      #expect(entries == entries.sorted() && Set(entries).count == 3)
    }
  }

  private func through(_ pool: PostgresPool) async throws {
    let isThrough: Bool? = try await eventually(within: .seconds(60)) {
      let row = try await pool.query(
        """
        SELECT NOT EXISTS (SELECT FROM outbox WHERE source = 'task' AND published_at IS NULL)
          AND NOT EXISTS (SELECT FROM outbox_relays WHERE source = 'task' AND again_from IS NOT NULL) AS through
        """
      ).rows.first
      return try row?.get("through", as: Bool.self) == true ? true : nil
    }
    #expect(isThrough == true)
  }

  @Test("a relay that fails midway continues after the published events, and never from before the last minute")
  func interrupted() async throws {
    try await withMigratedDatabase { database in
      let (bus, count) = (RecordingBus(), 1_500)
      try await writeBusyMinute(database.pool, count)
      try await age(database.pool, subjects: subjects(0..<100), seconds: 3_600)
      await bus.goDown(after: 600)
      try await relaying(database, to: bus, untilThrough: false) {
        #expect(await eventually { await bus.failures > 1 ? true : nil } == true)
      }
      await bus.comeBack()
      try await relaying(database, to: bus) {
        #expect(await eventually { await bus.published.count >= count - 100 + 1 ? true : nil } == true)
        try await write(database.pool, (count + 1)..<(count + 2))
        #expect(await eventually { await bus.subjects.contains("\(count + 1)") ? true : nil } == true)
      }
      #expect(await bus.subjects.sorted() == subjects(100..<(count + 2)).sorted())
      // A relay that is started again much later finds nothing to do.
      try await age(database.pool, subjects: subjects(0..<(count + 2)), seconds: 7_200)
      try await relaying(database, to: bus) {
        try await write(database.pool, (count + 2)..<(count + 3))
        #expect(await eventually { await bus.subjects.contains("\(count + 2)") ? true : nil } == true)
      }
      #expect(await bus.published.count == count - 100 + 3)
    }
  }
}
