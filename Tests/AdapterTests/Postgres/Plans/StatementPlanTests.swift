import Application
import Domain
import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import Synchronization
import TestInfrastructure
import Testing

/// The statement of a month of a ledger of ten years: its cost is that of the month.
@Suite("The plans of a statement", .serialized)
struct StatementPlanTests {
  private static let entries = 100_000
  /// Pages of 8 KiB. The ledger has more than two thousand, and its indexes as well.
  private static let mostPages = 600

  @Test("a month in a long history is found and read by an index")
  func plans() async throws {
    try await withMigratedDatabase(connections: 2) { database in
      let user = UserID(UUID())
      let owner = try TestDatabase.pool(database.url, 2, patience: .seconds(300))
      defer { owner.close() }
      let start = Date(timeIntervalSince1970: 1_300_000_000)
      // An entry each 52 minutes: nine holds of a talk, and its settlement.
      try await owner.query(
        """
        INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms,
          available_after_ms, held_after_ms, owed_after_ms, version, cause, created_at)
        SELECT \(user.uuid), CASE WHEN n % 10 = 0 THEN 'settlement' ELSE 'hold' END,
          'session:' || lpad(((n + 9) / 10)::text, 21, '0') || 'A:'
            || CASE WHEN n % 10 = 0 THEN 'settlement' ELSE 'slice:' || n % 10 END,
          0, 0, 0, 0, 0, 0, n, 'test', \(start)::timestamptz + n * interval '52 minutes'
        FROM generate_series(1, \(Self.entries)) n
        """)
      try await owner.query(PostgresQuery(script: "VACUUM (ANALYZE) ledger"))
      let sent = try await statements(database.url, user, from: start + 3 * 365 * 86_400)
      #expect(sent.count == 6)
      for query in sent {
        let lines = try await owner.query(query.explained).rows.map { row -> String in try row.get("QUERY PLAN") }
        let plan = Comment(rawValue: "\(query.sql)\n\(lines.joined(separator: "\n"))")
        #expect(!lines.contains { $0.contains("Seq Scan on ledger") && !$0.contains("never executed") }, plan)
        let pages = lines.first { $0.contains("Buffers:") }?.matches(of: #/(?:hit|read)=(\d+)/#) ?? []
        #expect(pages.reduce(0) { $0 + (Int($1.1) ?? 0) } < Self.mostPages, plan)
      }
    }
  }

  /// What the adapter sends for the first page of a month.
  private func statements(_ url: String, _ user: UserID, from start: Date) async throws -> [PostgresQuery] {
    let heard = Mutex<[PostgresQuery]>([])
    var configuration = PostgresConfiguration(url: url, applicationName: "tests", maximumConnections: 1)
    configuration.observer = { query in heard.withLock { $0.append(query) } }
    let pool = try PostgresPool(configuration: configuration, logger: Logger(label: "tests"))
    defer { pool.close() }
    let month = try await PostgresStatementReader(database: pool).statement(
      of: user, from: start, until: start + 30 * 86_400, limit: 20, after: nil)
    #expect(month.lines.count == 20 && month.next != nil)
    for line in month.lines {
      guard case .talk(let talk) = line.subject else {
        Issue.record("\(line.entry.reference) is no talk")
        continue
      }
      #expect(talk.startedAt.map { $0 < line.entry.createdAt } == true)
    }
    return heard.withLock { $0 }.filter { $0.sql.contains("ledger") }
  }
}
