import Application
import Domain
import FoundationEssentials
import Logging
import PostgresDriver
import ServiceLifecycle

/// Moves what stands in the outbox to the streams, in the order in which it was written. Several instances take turns
/// under an advisory lock. What is published twice is dropped by the inbox of whoever reads it.
public struct OutboxRelay: Service {
  private let source: String
  private let pool: PostgresPool
  private let bus: any PublishesEvents
  private let logger: Logger

  public init(
    source: String, pool: PostgresPool, bus: any PublishesEvents, logger: Logger
  ) {
    self.source = source
    self.pool = pool
    self.bus = bus
    self.logger = logger
  }

  private static let batch = 200
  private static let poll = Duration.milliseconds(500)

  public func run() async throws {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { for await _ in pool.commits(announcing: PostgresOutbox.topic(source)) { signal.yield() } }
        group.addTask {
          while !Task.isCancelled {
            signal.yield()
            try? await Task.sleep(for: Self.poll)
          }
          signal.finish()
        }
        group.addTask { await relay(signals) }
        await group.waitForAll()
      }
    }
  }

  private func relay(_ signals: AsyncStream<Void>) async {
    var incarnation: String?
    var failed = false
    var rounds = 0
    for await _ in signals {
      do {
        let present = try await bus.incarnation(for: source)
        if incarnation != present, try await publishAgain(to: present) { incarnation = present }
        try await publishAll(to: present)
        rounds += 1
        if rounds % 1_000 == 1 { try await prune() }
        failed = false
      } catch {
        if !failed, !Task.isCancelled { logger.warning("events wait in the outbox", metadata: ["error": "\(error)"]) }
        failed = true
      }
    }
  }

  /// Another instance that has its turn may have looked before the row was there: it is asked for again, soon.
  private func publishAll(to incarnation: String) async throws {
    var refused = 0
    while refused < 5 {
      guard let count = try await publishBatch(to: incarnation) else {
        refused += 1
        try await Task.sleep(for: .milliseconds(5 << refused))
        continue
      }
      if count < Self.batch { return }
    }
  }

  /// - Returns: nil where another instance has its turn.
  private func publishBatch(to incarnation: String) async throws -> Int? {
    try await pool.transaction { transaction in
      guard try await hasTurn(in: transaction) else { return nil }
      let rows = try await transaction.query(
        """
        SELECT id, context, type, subject, data, created_at FROM outbox
        WHERE source = \(source) AND published_at IS NULL ORDER BY created_at LIMIT \(Self.batch)
        """
      ).rows
      try await publish(rows, to: incarnation, in: transaction)
      return rows.count
    }
  }

  /// The bus may have lost its last seconds: what another one was told in the minute before its last event goes out
  /// again, under its ids. What the bus was is read from the rows, since relay and bus may have died together.
  /// - Returns: false where another instance has its turn, so that it must be asked again.
  private func publishAgain(to incarnation: String) async throws -> Bool {
    try await pool.transaction { transaction in
      guard try await hasTurn(in: transaction) else { return false }
      let rows = try await transaction.query(
        """
        SELECT id, context, type, subject, data, created_at FROM outbox
        WHERE source = \(source) AND published_to <> \(incarnation) AND published_at >= (
          SELECT max(published_at) FROM outbox WHERE source = \(source) AND published_at IS NOT NULL
        ) - interval '60 seconds'
        ORDER BY created_at
        """
      ).rows
      guard !rows.isEmpty else { return true }
      logger.notice(
        "redis was restarted or emptied: the last minute is published again", metadata: ["events": "\(rows.count)"])
      try await publish(rows, to: incarnation, in: transaction)
      return true
    }
  }

  private func hasTurn(in transaction: PostgresTransaction) async throws -> Bool {
    let lock = "relay:" + source
    let held = try await transaction.query("SELECT pg_try_advisory_xact_lock(hashtextextended(\(lock), 0)) AS held")
    return try held.rows.first?.get("held", as: Bool.self) == true
  }

  private func publish(_ rows: [PostgresRow], to incarnation: String, in transaction: PostgresTransaction) async throws
  {
    guard !rows.isEmpty else { return }
    try await bus.publish(try rows.map(entry))
    let ids = try rows.map { row throws -> UUID in try row.get("id") }
    try await transaction.query(
      "UPDATE outbox SET published_at = clock_timestamp(), published_to = \(incarnation) WHERE id = ANY(\(ids))")
  }

  private func prune() async throws {
    try await pool.query(
      "DELETE FROM outbox WHERE source = \(source) AND published_at < statement_timestamp() - interval '7 days'")
  }

  private func entry(_ row: PostgresRow) throws -> (context: EventContext, envelope: EventEnvelope) {
    let id: UUID = try row.get("id")
    guard let context = EventContext(rawValue: try row.get("context")) else {
      throw PostgresError(.decoding(column: "context"), message: "not a context")
    }
    return (
      context,
      EventEnvelope(
        id: EventID(id), source: "/talktime/" + source, type: try row.get("type"), subject: try row.get("subject"),
        time: try row.get("created_at"), data: try row.get("data"))
    )
  }
}
