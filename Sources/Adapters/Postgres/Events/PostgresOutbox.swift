import Application
import Domain
import PostgresDriver

/// The table in which an event waits for its relay. The event is written in the transaction of the change that it
/// reports.
public struct PostgresOutbox: Sendable {
  public let source: String

  /// - Parameter source: the service, such as `billing`; the service's role may write no other source.
  public init(source: String) { self.source = source }

  public func append<Event: DomainEvent>(_ event: Event, in transaction: PostgresTransaction)
    async throws(PostgresError)
  {
    try await transaction.query(
      """
      INSERT INTO outbox (source, context, type, subject, data)
      VALUES (\(source), \(Event.context.rawValue), \(Event.type), \(event.subject), \(try Self.data(of: event)))
      """)
    wake(after: transaction)
  }

  /// Writes events of one type, in one statement.
  public func append<Event: DomainEvent>(_ events: [Event], in transaction: PostgresTransaction)
    async throws(PostgresError)
  {
    guard !events.isEmpty else { return }
    var data: [String] = []
    for event in events { data.append(try Self.data(of: event)) }
    try await transaction.query(
      """
      INSERT INTO outbox (source, context, type, subject, data)
      SELECT \(source), \(Event.context.rawValue), \(Event.type), event.subject, event.data
      FROM unnest(\(events.map(\.subject)), \(data)) AS event (subject, data)
      """)
    wake(after: transaction)
  }

  /// Wakes the relay of this process when the transaction has committed. The relays of other processes find the row
  /// when they poll.
  func wake(after transaction: PostgresTransaction) { transaction.announce(Self.topic(source)) }

  /// The topic that a commit with an event of the source announces within this process.
  public static func topic(_ source: String) -> String { "outbox:" + source }

  static func data<Event: DomainEvent>(of event: Event) throws(PostgresError) -> String {
    do {
      return try EventEnvelope.data(of: event)
    } catch {
      throw PostgresError(.decoding(column: Event.type), message: "an event cannot be encoded")
    }
  }
}

/// The events that a consumer has seen.
public struct PostgresInbox: Sendable {
  public let consumer: String

  /// - Parameter consumer: begins with the service's name; the service's role may write no other consumer.
  public init(consumer: String) { self.consumer = consumer }

  /// Records the event; false if it was recorded before, so that its effect exists already.
  public func isFirst(_ event: EventID, in transaction: PostgresTransaction) async throws(PostgresError) -> Bool {
    try await transaction.query(
      "INSERT INTO inbox (consumer, event_id) VALUES (\(consumer), \(event.text)) ON CONFLICT DO NOTHING"
    ).affectedRows == 1
  }
}
