import Application
import Domain
import FoundationEssentials
import Logging
import PostgresDriver
import Synchronization

/// Publishes the outbox's events to the streams, in the order in which they were written. Several instances take turns
/// under an advisory lock. A consumer's inbox drops an event that is published twice.
public final class OutboxRelay: Sendable {
  private struct State {
    /// The bus of the last publication.
    var incarnation: String?
    var isBehind = false
  }

  private let state = Mutex(State())
  private let source: String
  private let pool: PostgresPool
  private let bus: any EventPublisher
  private let logger: Logger

  public init(
    source: String, pool: PostgresPool, bus: any EventPublisher, logger: Logger
  ) {
    self.source = source
    self.pool = pool
    self.bus = bus
    self.logger = logger
  }

  private static let batch = 200

  /// Gives a signal for each commit of this process that has written to the outbox.
  public var commits: AsyncStream<Void> { pool.commits(announcing: PostgresOutbox.topic(source)) }

  /// Publishes all waiting events. Called by one worker at a time.
  public func runOnce() async throws {
    while try await publishNext() {}
  }

  /// Publishes a batch of new events first, and then one of events that are published again. Each batch is a transaction
  /// that marks what it published, so that the next run continues after it, even after an error or a kill.
  ///
  /// The bus is asked for its incarnation before each batch. A long backlog may take minutes, and the bus may be
  /// replaced meanwhile: events that are marked with the former incarnation would be too old to be published again.
  /// - Returns: whether there may be more to publish.
  private func publishNext() async throws -> Bool {
    let known = state.withLock { $0 }
    var isBehind = known.isBehind
    let present = try await bus.incarnation(for: source)
    if known.incarnation != present, try await noteLoss(of: present) {
      isBehind = true
      state.withLock { $0 = State(incarnation: present, isBehind: true) }
    }
    let new = try await inTurn { try await publishNew(to: present, in: $0) }
    if isBehind {
      // If the other instances keep the turn, the next run goes on.
      guard let count = try await inTurn({ try await publishAgain(to: present, in: $0) }) else { return false }
      isBehind = count == Self.batch
      state.withLock { $0.isBehind = isBehind }
    }
    return new == Self.batch || isBehind
  }

  /// Another instance may have read the outbox before the row was there, so this instance soon asks for its turn again.
  /// - Returns: nil if the other instances keep the turn.
  private func inTurn(_ body: @Sendable (PostgresTransaction) async throws -> Int) async throws -> Int? {
    for refused in 1...5 {
      let count = try await pool.transaction { transaction -> Int? in
        try await hasTurn(in: transaction) ? try await body(transaction) : nil
      }
      if let count { return count }
      try await Task.sleep(for: .milliseconds(5 << refused))
    }
    return nil
  }

  private func publishNew(to incarnation: String, in transaction: PostgresTransaction) async throws -> Int {
    let rows = try await transaction.query(
      """
      SELECT id, context, type, subject, data, created_at FROM outbox
      WHERE source = \(source) AND published_at IS NULL ORDER BY created_at LIMIT \(Self.batch)
      """
    ).rows
    try await publish(rows, to: incarnation, in: transaction)
    return rows.count
  }

  // MARK: a bus that may have lost something

  /// Handles a bus that may have lost its last seconds: the events that were published to the former bus from a minute
  /// before its last event onwards are published again. The start of this period is stored before anything is published
  /// to the new bus, and stays stored until all of these events are published. The former bus is known from the rows,
  /// because relay and bus may have died together.
  /// - Returns: false if another instance has the turn, so that the loss must be noted again.
  private func noteLoss(of incarnation: String) async throws -> Bool {
    try await pool.transaction { transaction in
      guard try await hasTurn(in: transaction) else { return false }
      let last = try await transaction.query(
        """
        SELECT max(published_at) - interval '60 seconds' AS start FROM outbox
        WHERE source = \(source) AND published_at IS NOT NULL
        """)
      guard let start = try last.rows.first?.get("start", as: Date?.self) else { return true }
      // The start is passed as a value, so that the planner knows how few rows come after it.
      let noted = try await transaction.query(
        """
        INSERT INTO outbox_relays (source, again_from)
        SELECT \(source), \(start) WHERE EXISTS (
          SELECT FROM outbox WHERE source = \(source) AND published_at >= \(start) AND published_to <> \(incarnation))
        ON CONFLICT (source) DO UPDATE SET again_from = least(outbox_relays.again_from, excluded.again_from)
        """)
      if noted.affectedRows > 0 {
        logger.notice("redis was restarted or emptied: the last minute is published again")
      }
      return true
    }
  }

  /// Publishes one batch of the events of the former bus again, the earliest first and under the same ids. The batch's
  /// end is stored. Its rows get a new publication time and become the latest, so no later batch scans their old
  /// versions.
  private func publishAgain(to incarnation: String, in transaction: PostgresTransaction) async throws -> Int {
    let noted = try await transaction.query("SELECT again_from FROM outbox_relays WHERE source = \(source)")
    guard let from = try noted.rows.first?.get("again_from", as: Date?.self) else { return 0 }
    let rows = try await transaction.query(
      """
      SELECT id, context, type, subject, data, created_at, published_at FROM outbox
      WHERE source = \(source) AND published_at >= \(from) AND published_to <> \(incarnation)
      ORDER BY published_at, created_at LIMIT \(Self.batch)
      """
    ).rows
    try await publish(rows, to: incarnation, in: transaction)
    let end: Date? = rows.count < Self.batch ? nil : try rows.last?.get("published_at")
    try await transaction.query("UPDATE outbox_relays SET again_from = \(end) WHERE source = \(source)")
    return rows.count
  }

  private func hasTurn(in transaction: PostgresTransaction) async throws -> Bool {
    let lock = "relay:" + source
    let held = try await transaction.query("SELECT pg_try_advisory_xact_lock(hashtextextended(\(lock), 0)) AS held")
    return try held.rows.first?.get("held", as: Bool.self) == true
  }

  private func publish(_ rows: [PostgresRow], to incarnation: String, in transaction: PostgresTransaction) async throws
  {
    guard !rows.isEmpty else { return }
    let entries = try await bus.publish(try rows.map(event))
    let ids = try rows.map { row throws -> UUID in try row.get("id") }
    try await transaction.query(
      """
      UPDATE outbox SET published_at = statement_timestamp(), published_to = \(incarnation), entry = done.entry
      FROM unnest(\(ids), \(entries.map(\.description))) AS done (id, entry) WHERE outbox.id = done.id
      """)
  }

  private func event(_ row: PostgresRow) throws -> (context: BoundedContext, envelope: EventEnvelope) {
    let id: UUID = try row.get("id")
    guard let context = BoundedContext(rawValue: try row.get("context")) else {
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
