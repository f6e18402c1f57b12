import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Events with their effects, and the published events that an operator wants to be published again. It reads through
/// the database's functions, which show the task service the events of all services.
public struct PostgresEventReader: EventTraceReader, PublishedEventReader {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func record(of event: EventID) async throws -> EventRecord? {
    // Events of an outbox have a UUID as their id.
    guard let id = UUID(uuidString: event.text) else { return nil }
    let result = try await database.query(
      """
      SELECT id, source, context, type, subject, data, created_at, published_at, entry FROM outbox_event(\(id))
      """)
    return try result.rows.first.map(EventRecord.init)
  }

  public func inbox(of event: EventID) async throws -> [InboxRecord] {
    let consumers = EventReplayRange.sources
    let result = try await database.query(
      """
      SELECT consumer, seen_at FROM inbox WHERE consumer = ANY(\(consumers)) AND event_id = \(event.text)
      ORDER BY seen_at
      """)
    return try result.rows.map { row throws(PostgresError) in
      InboxRecord(consumer: try row.get("consumer"), seenAt: try row.get("seen_at"))
    }
  }

  /// A task without a unique key was written by the transaction that wrote the inbox's row.
  public func tasks(_ wanted: [NewTask], seenAt: Date) async throws -> [TaskSummary] {
    let keys = wanted.compactMap(\.uniqueKey)
    let keyless = wanted.filter { $0.uniqueKey == nil }
    let (users, types) = (keyless.compactMap { $0.userID?.uuid }, keyless.map(\.type.rawValue))
    let result = try await database.query(
      """
      SELECT \(TaskSummary.columns) FROM tasks WHERE unique_key = ANY(\(keys))
      UNION ALL
      SELECT \(TaskSummary.columns) FROM tasks
      WHERE user_id = ANY(\(users)) AND unique_key IS NULL AND type = ANY(\(types))
        AND created_at BETWEEN \(seenAt) - interval '1 second' AND \(seenAt) + interval '1 second'
      ORDER BY created_at
      """)
    return try result.rows.map { row throws(PostgresError) in try TaskSummary(row) }
  }

  public func page(
    of source: String, in range: EventReplayRange, after last: EventRecord?, limit: Int
  ) async throws -> [EventRecord] {
    // The lowest UUID comes before every event of the first moment.
    let (since, after) = (last?.publishedAt ?? range.from, last?.envelope.id.text ?? Self.lowest)
    let result = try await database.query(
      """
      SELECT id, source, context, type, subject, data, created_at, published_at, entry
      FROM outbox_published(\(source), \(range.type), \(since), \(after)::uuid, \(range.until), \(limit))
      ORDER BY published_at, id
      """)
    return try result.rows.map(EventRecord.init)
  }

  private static let lowest = "00000000-0000-0000-0000-000000000000"
}

extension EventRecord {
  fileprivate init(_ row: PostgresRow) throws {
    guard let context = BoundedContext(rawValue: try row.get("context")) else {
      throw PostgresError(.decoding(column: "context"), message: "not a context")
    }
    let entry: String? = try row.get("entry")
    let (id, source, created): (UUID, String, Date) = (
      try row.get("id"), try row.get("source"), try row.get("created_at")
    )
    self.init(
      context: context,
      envelope: EventEnvelope(
        id: EventID(id), source: "/talktime/" + source, type: try row.get("type"), subject: try row.get("subject"),
        time: created, data: try row.get("data")),
      writtenAt: created, publishedAt: try row.get("published_at"), entry: entry.flatMap { StreamEntryID($0) })
  }
}
