import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Events for operators", .serialized)
struct PostgresEventReaderTests {
  /// Adds published events of all services, a second apart, each service's numbered from 0.
  private func fill(_ pool: PostgresPool, _ count: Int) async throws {
    try await pool.query(
      """
      INSERT INTO outbox (source, context, type, subject, data, created_at, published_at, published_to, entry)
      SELECT source, 'tasks', CASE n % 2 WHEN 0 THEN 'even' ELSE 'odd' END, n::text, '{}',
        '2026-11-25T00:00:00Z'::timestamptz + n * interval '1 second',
        '2026-11-25T00:00:00Z'::timestamptz + n / 3 * interval '1 second', 'bus', '1-' || n
      FROM unnest(\(EventReplayRange.sources)) AS source, generate_series(0, \(count - 1)) AS n
      """)
  }

  private func moment(_ second: Int) throws -> Date {
    try Date("2026-11-25T00:00:00Z", strategy: .iso8601) + Double(second)
  }

  private func all(
    _ reader: PostgresEventReader, of source: String, _ range: EventReplayRange, limit: Int
  ) async throws -> [EventRecord] {
    var (found, last): ([EventRecord], EventRecord?) = ([], nil)
    repeat {
      let page = try await reader.page(of: source, in: range, after: last, limit: limit)
      #expect(page.count <= limit)
      found += page
      last = page.last
    } while last != nil
    return found
  }

  @Test("an event is found with when it was written and published, and with its entry")
  func record() async throws {
    try await withMigratedDatabase { database in
      let (outbox, reader) = (PostgresOutbox(source: "task"), PostgresEventReader(database: database.pool))
      let plan = CarePlanFinished(userID: UserID(UUID()), sessionID: try SessionID.random(), status: "ready")
      try await database.pool.transaction { try await outbox.append(plan, in: $0) }
      let rows = try await database.pool.query("SELECT id FROM outbox").rows
      let id = EventID(try #require(rows.first).get("id", as: UUID.self))
      let waiting = try #require(try await reader.record(of: id))
      #expect(waiting.publishedAt == nil && waiting.entry == nil && waiting.context == .tasks)
      #expect(try waiting.envelope.event(CarePlanFinished.self) == plan && waiting.envelope.id == id)
      #expect(abs(waiting.writtenAt.timeIntervalSinceNow) < 60)
      try await database.pool.query("UPDATE outbox SET published_at = now(), published_to = 'bus', entry = '7-1'")
      let published = try #require(try await reader.record(of: id))
      #expect(published.publishedAt != nil)
      #expect(published.entry == StreamEntryID(milliseconds: 7, sequence: 1))
      for stranger in [EventID(UUID()), try #require(EventID("session.ended:x"))] {
        #expect(try await reader.record(of: stranger) == nil)
      }
    }
  }

  @Test("the published events of a time come page by page, each once, also those of one moment")
  func pages() async throws {
    try await withMigratedDatabase { database in
      let reader = PostgresEventReader(database: database.pool)
      try await fill(database.pool, 60)
      try await database.pool.query(
        "INSERT INTO outbox (source, context, type, subject, data) VALUES ('billing', 'tasks', 'even', 'waits', '{}')")
      let range = try #require(EventReplayRange(from: try moment(5), until: try moment(10)))
      for limit in [1, 2, 7, 200] {
        let found = try await all(reader, of: "billing", range, limit: limit)
        #expect(found.map(\.envelope.subject).sorted() == (15..<30).map(String.init).sorted())
        #expect(found.allSatisfy { $0.envelope.source == "/talktime/billing" })
        let times = found.compactMap(\.publishedAt)
        #expect(times == times.sorted())
      }
      let odd = try #require(EventReplayRange(from: try moment(0), until: try moment(100), type: "odd"))
      #expect(try await all(reader, of: "auth", odd, limit: 8).count == 30)
      #expect(try await reader.page(of: "nobody", in: range, after: nil, limit: 5).isEmpty)
    }
  }

  @Test("an event's tasks are known by their keys, and those without a key by the time of the inbox's row")
  func tasks() async throws {
    try await withMigratedDatabase { database in
      let (pool, reader) = (database.pool, PostgresEventReader(database: database.pool))
      let (event, user) = (EventID(UUID()), UserID(UUID()))
      let wanted = [
        NewTask(type: .lowBalanceMail, payload: "{}", userID: user, uniqueKey: nil),
        NewTask(type: .receiptMail, payload: "{}", userID: user, uniqueKey: "receipt_mail:pay_1"),
      ]
      let inbox = PostgresEventTaskInbox(pool: pool, inbox: PostgresInbox(consumer: "task"))
      try await inbox.enqueue(wanted, wake: nil, for: event)
      try await inbox.enqueue(
        [
          NewTask(type: .lowBalanceMail, payload: "{}", userID: UserID(UUID()), uniqueKey: nil),
          NewTask(type: .carePlan, payload: "{}", userID: user, uniqueKey: nil),
        ], wake: nil, for: EventID(UUID()))
      try await pool.query(
        """
        INSERT INTO tasks (type, payload, user_id, created_at)
        VALUES ('low_balance_mail', '{}', \(user.uuid), now() - interval '1 hour')
        """)
      let seen = try await reader.inbox(of: event)
      #expect(seen.map(\.consumer) == ["task"])
      let found = try await reader.tasks(wanted, seenAt: try #require(seen.first).seenAt)
      #expect(found.map(\.type).sorted() == ["low_balance_mail", "receipt_mail"])
      #expect(try await reader.inbox(of: EventID(UUID())).isEmpty)
    }
  }

  @Test("the task service reads events of all services, and only in this way")
  func role() async throws {
    try await RoleDatabase.with { roles async throws in
      try await fill(roles.owner, 3)
      let reader = PostgresEventReader(database: roles[.task])
      let range = try #require(EventReplayRange(from: try moment(0), until: try moment(100)))
      for source in EventReplayRange.sources {
        let page = try await reader.page(of: source, in: range, after: nil, limit: 10)
        #expect(page.count == 3)
        #expect(try await reader.record(of: try #require(page.first).envelope.id) != nil)
      }
      for role in [ServiceRole.auth, .billing, .session] {
        #expect(try await roles[role].refuses("SELECT 1 FROM outbox_event('\(UUID())')"))
        #expect(
          try await roles[role].refuses(
            "SELECT 1 FROM outbox_published('auth', NULL, now(), '\(UUID())', now(), 1)"))
      }
    }
  }

  @Test("the backlog is the number of waiting events of one service and the age of the oldest")
  func backlog() async throws {
    try await withMigratedDatabase { database in
      let none = try await PostgresOutboxBacklog.read(of: "task", in: database.pool)
      #expect(none.count == 0 && none.age == 0)
      try await fill(database.pool, 3)
      try await database.pool.query(
        """
        INSERT INTO outbox (source, context, type, subject, data, created_at)
        SELECT source, 'tasks', 't', 's', '{}', now() - n * interval '1 minute'
        FROM unnest(\(["task", "auth"])) AS source, generate_series(1, 3) AS n
        """)
      let found = try await PostgresOutboxBacklog.read(of: "task", in: database.pool)
      #expect(found.count == 3 && abs(found.age - 180) < 30)
    }
  }

  @Test("both kinds of replay are noted with their operator")
  func log() async throws {
    try await withMigratedDatabase { database in
      let log = PostgresDeadLetterReplayLog(database: database.pool)
      try await log.note(replayOf: DeadLetterID(list: "tasks", entry: "1-0"), actor: "a")
      try await log.note(replayOfEvents: "an event", reason: Reason("lost"), actor: "b")
      let rows = try await database.pool.query(
        "SELECT actor, action, subject, reason FROM operator_actions ORDER BY id"
      ).rows
      let found = try rows.map { row in
        [try row.get("actor"), try row.get("action"), try row.get("subject"), try row.get("reason") ?? "-"]
          as [String]
      }
      #expect(found == [["a", "stream.replay", "tasks-1-0", "-"], ["b", "stream.replay_events", "an event", "lost"]])
    }
  }
}
