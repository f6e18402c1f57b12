import Application
import Domain
import Fakes
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Synchronization
import TestInfrastructure
import Testing

/// The statements that run periodically, over tables of a million rows: their cost must not grow with the tables.
@Suite("The plans of periodic statements", .serialized)
struct PeriodicPlanTests {
  private static let rows = 1_000_000
  /// Pages of 8 KiB. A whole table of a million rows has ten thousand or more.
  private static let mostPages = 5_000

  /// A statement as it was sent, and the role that sent it.
  private struct Sent: Sendable {
    let role: ServiceRole
    let query: PostgresQuery
    /// What its transaction had set for the planner.
    let settings: PostgresQuery?
  }

  /// All periodic work of the services, run as they run it. A new worker must be added here.
  private static func rounds(_ role: ServiceRole, _ pool: PostgresPool) async throws {
    if role != .task { _ = try await PostgresTaskWorkerCensus(database: pool).workers(reading: TaskVocabulary.level) }
    switch role {
    case .auth:
      _ = try await PostgresDeviceRepository(database: pool, copy: NoCopy()).revocations(within: .seconds(60))
    case .billing:
      _ = try await PostgresOrderRepository(database: pool).claimDue(limit: 10)
      _ = try await PostgresRefundRepository(database: pool).claimDue(limit: 10)
      for queue in PaymentWebhookLane.allCases {
        _ = try await PostgresPaymentWebhookInbox(database: pool).take(4, from: queue)
      }
      _ = try await PostgresPeriodicRunStore(database: pool).begin("settlement", retryAfter: .seconds(600))
      let documents = PostgresDocumentRepository(database: pool)
      // No receipt is missing, so none is written.
      #expect(try await documents.issueReceipts(upTo: 50) { _, _ throws(BillingError) in throw .unavailable } == 0)
      #expect(try await documents.issueCreditNotes(upTo: 50) { _, _ throws(BillingError) in throw .unavailable } == 0)
      #expect(try await documents.issueDebitNotes(upTo: 50) { _, _ throws(BillingError) in throw .unavailable } == 0)
      let now = Date()
      let period = ReconciliationPeriod(from: now - 48 * 3_600, to: now)
      _ = try await PostgresReconciliationRecordReader(database: pool).credited(in: period)
    case .session:
      _ = try await PostgresDurationCheckQueue(database: pool).claimDue(limit: 10)
      _ = try await PostgresTalkHistory(database: pool).overdue(limit: 100)
    case .task:
      let queue = PostgresTaskQueue(pool: pool)
      // A statement is heard here and run again.
      try await pool.query(
        """
        INSERT INTO task_workers VALUES ('dead', clock_timestamp() - interval '1 minute') ON CONFLICT DO NOTHING
        """)
      try await pool.query("INSERT INTO tasks (type, payload) SELECT 'care_plan', '{}' FROM generate_series(1, 10)")
      try await queue.survey()
      let claimed = try await queue.claim(limit: 10, worker: "w", lease: .seconds(30))
      _ = try await queue.held(claimed, worker: "w")
      #expect(try await queue.finish(claimed.map { TaskEnd($0, .completed) }, worker: "w").count == 10)
      _ = try await queue.rescue(maximumLosses: 5)
      _ = try await queue.putBack(exceptInHand: [], worker: "w")
      try await pool.query(
        """
        INSERT INTO task_types (type, most_running, most_per_minute) VALUES ('care_plan', 5, 600) ON CONFLICT DO NOTHING
        """)
      try await pool.query("INSERT INTO tasks (type, payload) VALUES ('care_plan', '{}')")
      #expect(try await queue.claim(limit: 10, worker: "w", lease: .seconds(30)).count == 1)
      try await PostgresErasureRepeater(database: pool).runOnce()
      #expect(try await PostgresTaskBacklog.read(in: pool).map(\.count).reduce(0, +) == PostgresTaskBacklog.most)
      let transcripts = PostgresTranscriptRetention(database: pool, days: 36_500)
      #expect(try await transcripts.overdue() == .zero)
      try await transcripts.runOnce()
      let periodic = PostgresPeriodicTaskInbox(pool: pool)
      let now = try await periodic.now()
      try await periodic.add([
        NewTask(type: .carePlanKeys, payload: "{}", userID: nil, uniqueKey: "care_plan_keys:\(now)")
      ])
      try await PostgresCarePlanKeyRewrapper(database: pool, sealer: PlainCarePlanSealer()).runOnce()
    }
    try await relay(role, pool)
  }

  /// The relay looks for unpublished events, and for events that were published to another bus.
  private static func relay(_ role: ServiceRole, _ pool: PostgresPool) async throws {
    let bus = RecordingBus()
    let relay = OutboxRelay(source: role.rawValue, pool: pool, bus: bus, logger: Logger(label: "tests"))
    _ = try await PostgresOutboxBacklog.read(of: role.rawValue, in: pool)
    try await relay.runOnce()
    #expect(await !bus.published.isEmpty)
  }

  @Test("no periodic statement scans a table from end to end")
  func plans() async throws {
    try await withMigratedDatabase(connections: 2) { database in
      let owner = try TestDatabase.pool(database.url, 2, patience: .seconds(300))
      defer { owner.close() }
      for table in PlanTables.all { try await owner.query(PostgresQuery(script: table.filled(Self.rows))) }
      try await owner.query(PostgresQuery(script: "VACUUM (ANALYZE)"))
      let sent = try await statements(database)
      #expect(Set(sent.map(\.role)).count == ServiceRole.allCases.count)
      for statement in sent { try await check(statement, database) }
      try Self.checkAllAreHere(sent)
    }
  }

  private func statements(_ database: TestDatabase) async throws -> [Sent] {
    var all: [Sent] = []
    for role in ServiceRole.allCases {
      let heard = Mutex<[PostgresQuery]>([])
      try await withPool(database, role, { query in heard.withLock { $0.append(query) } }) { pool in
        try await Self.rounds(role, pool)
      }
      var settings: PostgresQuery?
      var sent: [Sent] = []
      for query in heard.withLock({ $0 }) {
        if query.sql.contains(#/^(BEGIN|COMMIT|ROLLBACK)/#) { settings = Self.plannerSettings(query.sql) }
        if query.sql.contains(#/^\s*(WITH|SELECT|UPDATE|DELETE|INSERT)\b/#) {
          sent.append(Sent(role: role, query: query, settings: settings))
        }
      }
      all += Dictionary(grouping: sent, by: \.query.sql).values.compactMap(\.first)
    }
    return all
  }

  /// What a transaction sets for the planner together with its BEGIN.
  private static func plannerSettings(_ begin: String) -> PostgresQuery? {
    let settings = begin.components(separatedBy: "; ").filter { $0.contains(#/^SET LOCAL (enable_|plan_)/#) }
    return settings.isEmpty ? nil : PostgresQuery(script: settings.joined(separator: "; "))
  }

  /// Runs as the service's own role, because the role's policies are part of the plan.
  private func withPool(
    _ database: TestDatabase, _ role: ServiceRole, _ observer: (@Sendable (PostgresQuery) -> Void)?,
    _ body: @Sendable (PostgresPool) async throws -> Void
  ) async throws {
    var configuration = PostgresConfiguration(
      url: database.url + "?options=-c%20role%3D\(role.name)", applicationName: "tests", maximumConnections: 2,
      statementTimeout: .seconds(60), acquireTimeout: .seconds(20))
    configuration.observer = observer
    let pool = try PostgresPool(configuration: configuration, logger: Logger(label: "tests"))
    defer { pool.close() }
    try await body(pool)
  }

  private func check(_ statement: Sent, _ database: TestDatabase) async throws {
    struct Undone: Error {}
    try await withPool(database, statement.role, nil) { pool in
      do {
        try await pool.transaction { transaction in
          if let settings = statement.settings { try await transaction.query(settings) }
          let lines = try await transaction.query(statement.query.explained).rows.map { row -> String in
            try row.get("QUERY PLAN")
          }
          let plan = "\(statement.role): \(statement.query.sql)\n\(lines.joined(separator: "\n"))"
          for table in PlanTables.all {
            #expect(!lines.contains { $0.contains("Seq Scan on \(table.name) ") }, "\(plan)")
          }
          let pages = lines.first { $0.contains("Buffers:") }?.matches(of: #/(?:hit|read)=(\d+)/#) ?? []
          #expect(pages.reduce(0) { $0 + (Int($1.1) ?? 0) } < Self.mostPages, "\(plan)")
          throw Undone()
        }
      } catch is Undone {}
    }
  }

  /// Checks that every statement of the adapters that selects rows by a due time was among those above. A new statement
  /// must be added there. Statements that find their row by its key are not periodic.
  private static func checkAllAreHere(_ sent: [Sent]) throws {
    let byKey = [
      // Statements that run for one request.
      "MailedAccountLinkIssuer.swift": 1, "AddressReservation.swift": 1, "PostgresAccountRepository.swift": 1,
      "PostgresCarePlanReader.swift": 1, "PostgresCarePlanRepository.swift": 1, "PostgresDeviceRepository.swift": 4,
      "PostgresIdempotencyStore.swift": 1, "PostgresMailedAccountLinkRepository.swift": 2,
      "PostgresMailedLinkRenewer.swift": 1, "PostgresOrderRepository.swift": 1,
      "PostgresPackRepository.swift": 1, "WaysInRemoval.swift": 2,
      "PostgresPasswordAttemptRepository.swift": 2, "PostgresSignInChallengeRepository.swift": 1,
      // The plan of a month's statement has its own test.
      "PostgresStatementReader.swift": 1,
      // The ages of an operator's numbers. What they read has its own test.
      "PostgresTaskReader.swift": 1,
      // The operator's audit reads all rows.
      "LedgerAuditRule+Orders.swift": 1, "LedgerAuditRule+Refunds.swift": 1,
    ]
    let heard = sent.map { words($0.query.sql) }
    for (path, text) in try TimeConditionTests.files() where path.hasPrefix("Adapters/Postgres/") {
      let literals = text.components(separatedBy: "\"").filter { $0.contains("statement_timestamp()") }
      let name = String(path.split(separator: "/").last ?? "")
      let unheard = literals.filter { literal in
        let parts = words(literal).components(separatedBy: "\\(").enumerated()
        return !parts.filter { $0.element.contains("statement_timestamp()") }.allSatisfy { number, part in
          // The text after an interpolation begins with the rest of its expression.
          let all = part.components(separatedBy: " ").dropFirst(number == 0 ? 0 : 1)
          // With the column that is compared: other tables have times, too.
          let first = all.firstIndex { $0.contains("timestamp") } ?? all.startIndex
          let known = all[max(all.startIndex, first - 2)...].joined(separator: " ")
          return heard.contains { $0.contains(known) }
        }
      }
      #expect(unheard.count == byKey[name, default: 0], "\(path): \(unheard)")
    }
  }

  private static func words(_ sql: String) -> String {
    sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

private struct NoCopy: RevocationCache {
  func revoke(_ device: DeviceID, user: UserID) async throws {}
  func isComplete() async throws -> Bool { true }
  func fill(with revocations: [Revocation], whole: Bool) async throws {}
}
