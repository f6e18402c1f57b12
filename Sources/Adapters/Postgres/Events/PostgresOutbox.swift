import Application
import Domain
import PostgresDriver

/// Where an event waits for its relay, written in the transaction of what it tells.
public struct PostgresOutbox: Sendable {
  public let source: String

  /// - Parameter source: the service, such as `billing`; its role may write no other.
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

  /// The relay of this process looks when the transaction has committed; those of others find the row when they poll.
  func wake(after transaction: PostgresTransaction) { transaction.announce(Self.topic(source)) }

  /// What a commit with an event of the source announces to whoever runs in the same process.
  public static func topic(_ source: String) -> String { "outbox:" + source }

  static func data<Event: DomainEvent>(of event: Event) throws(PostgresError) -> String {
    do {
      return try EventEnvelope.data(of: event)
    } catch {
      throw PostgresError(.decoding(column: Event.type), message: "an event cannot be encoded")
    }
  }
}

/// What a consumer has seen before.
public struct PostgresInbox: Sendable {
  public let consumer: String

  /// - Parameter consumer: begins with the service's name; its role may write no other.
  public init(consumer: String) { self.consumer = consumer }

  /// Notes the event; false where it was noted before, so that its effect stands already.
  public func isFirst(_ event: EventID, in transaction: PostgresTransaction) async throws(PostgresError) -> Bool {
    try await transaction.query(
      "INSERT INTO inbox (consumer, event_id) VALUES (\(consumer), \(event.text)) ON CONFLICT DO NOTHING"
    ).affectedRows == 1
  }
}
