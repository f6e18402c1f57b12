import Foundation
import Logging
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Behind a transaction pooler", .serialized)
struct TransactionPoolerTests {
  private func with(
    prepared: Bool, _ body: @Sendable (PostgresPool) async throws -> Void
  ) async throws {
    try await TestDatabase.with(connections: 1) { database in
      let pool = try PostgresPool(
        configuration: PostgresConfiguration(
          url: database.url, applicationName: "tests", maximumConnections: 1, preparedStatements: prepared),
        logger: Logger(label: "tests"))
      defer { pool.close() }
      try await body(pool)
    }
  }

  @Test("the same queries run with prepared statements and without", arguments: [true, false])
  func queries(prepared: Bool) async throws {
    try await with(prepared: prepared) { pool in
      try await pool.query("CREATE TABLE notes (id uuid PRIMARY KEY, text text, tags text[], at timestamptz)")
      let (id, at) = (UUID(), Date(timeIntervalSince1970: 1_800_000_000.25))
      let none: String? = nil
      for text in ["it's", none] {
        let row = try await pool.transaction { transaction in
          try await transaction.query(
            """
            INSERT INTO notes VALUES (\(id), \(text), \(["a,b", "\"c\""]), \(at))
            ON CONFLICT (id) DO UPDATE SET text = excluded.text RETURNING text, tags, at
            """
          ).rows.first
        }
        #expect(try row?.get("text", as: String?.self) == text)
        #expect(try row?.get("tags", as: [String].self) == ["a,b", "\"c\""])
        #expect(try row?.get("at", as: Date.self) == at)
      }
      #expect(try await pool.query("DELETE FROM notes WHERE id = ANY(\([id]))").affectedRows == 1)
      await #expect(throws: PostgresError.self) { try await pool.query("SELECT \(1) / \(0)") }
      #expect(try await pool.query("SELECT \(1) + \(1) AS n").rows.first?.get("n", as: Int.self) == 2)
    }
  }

  @Test("a statement is prepared once where that is allowed, and never where it is not", arguments: [true, false])
  func prepares(prepared: Bool) async throws {
    try await with(prepared: prepared) { pool in
      for n in 0..<5 { try await pool.query("SELECT \(n) AS n") }
      let kept = try await pool.query("SELECT count(*) AS n FROM pg_prepared_statements WHERE statement LIKE '%AS n'")
      #expect(try kept.rows.first?.get("n", as: Int.self) == (prepared ? 1 : 0))
    }
  }

  @Test("no setting stays on a connection that other clients will get")
  func settings() async throws {
    try await with(prepared: false) { pool in
      @Sendable func limit(_ session: any PostgresStatementRunner) async throws -> String? {
        try await session.query("SELECT current_setting('statement_timeout') AS s").rows.first?.get("s")
      }
      let outside = try await limit(pool)
      let inside = try await pool.transaction { try await limit($0) }
      let after = try await limit(pool)
      #expect(inside == "5s" && outside == after && outside != inside)
    }
  }
}
