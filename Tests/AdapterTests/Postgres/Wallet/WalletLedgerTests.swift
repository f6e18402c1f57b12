import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Wallet and ledger in Postgres")
struct WalletLedgerTests {
  private func withLedger(_ body: @Sendable (PostgresPool, WalletLedger) async throws -> Void) async throws {
    try await TestDatabase.with(connections: 16) { database in
      let migrations = try TestDatabase.migrations().compactMap { Migration(file: $0.name, sql: $0.sql) }
      #expect(migrations.count >= 6)
      let migrator = Migrator(pool: database.pool)
      #expect(try await migrator.apply(migrations).count == migrations.count)
      #expect(try await migrator.apply(migrations).isEmpty)
      try await body(database.pool, WalletLedger(outbox: PostgresOutbox(source: "billing")))
      let report = try await LedgerAudit(database: database.pool).verify()
      #expect(report.problems.filter { !$0.hasPrefix("a purchase without") } == [])
    }
  }

  private func credit(
    _ pool: PostgresPool, _ ledger: WalletLedger, _ user: UserID, _ time: TalkTime, _ reference: String,
    kind: LedgerEntryKind = .grant
  ) async throws -> LedgerPostingResult {
    try await pool.transaction { transaction in
      var locked = try await ledger.lock(user, in: transaction)
      return try await ledger.credit(
        time, kind: kind, reference: reference, cause: "test", to: &locked, in: transaction)
    }
  }

  @Test("a reference is credited once, and refused with another amount")
  func once() async throws {
    try await withLedger { pool, ledger in
      let user = UserID(UUID())
      let first = try await credit(pool, ledger, user, .minutes(10), "grant:1")
      let second = try await credit(pool, ledger, user, .minutes(10), "grant:1")
      #expect(!first.isRepeat && second.isRepeat)
      #expect(second.change == first.change && second.wallet == first.wallet && second.version == first.version)
      await #expect(throws: LedgerError.differs(reference: "grant:1", in: [.amount])) {
        try await credit(pool, ledger, user, .minutes(11), "grant:1")
      }
      await #expect(throws: LedgerError.differs(reference: "grant:1", in: [.user, .kind])) {
        try await credit(pool, ledger, UserID(UUID()), .minutes(10), "grant:1", kind: .adjustment)
      }
      let wallet = try await ledger.read(user, in: pool).wallet
      #expect(wallet.available == .minutes(10))
    }
  }

  @Test("20 simultaneous holds of 75 on 500 grant exactly 500 in 7, the last one in part")
  func racing() async throws {
    try await withLedger { pool, ledger in
      let user = UserID(UUID())
      _ = try await credit(pool, ledger, user, .milliseconds(500), "grant:2")
      let amounts = try await withThrowingTaskGroup(of: Int64.self) { group in
        for n in 0..<20 {
          group.addTask {
            try await pool.transaction { transaction in
              var locked = try await ledger.lock(user, in: transaction)
              return try await ledger.hold(
                upTo: .milliseconds(75), reference: "session:s\(n):slice:1", purpose: "session:s\(n)", cause: "test",
                from: &locked, in: transaction
              ).amount.milliseconds
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(amounts.filter { $0 == 75 }.count == 6 && amounts.reduce(0, +) == 500)
      let wallet = try await ledger.read(user, in: pool).wallet
      #expect(wallet.available == .zero && wallet.held == .milliseconds(500))
    }
  }

  @Test("the ledger refuses UPDATE, DELETE and TRUNCATE, for the owner too")
  func appendOnly() async throws {
    try await withLedger { pool, ledger in
      _ = try await credit(pool, ledger, UserID(UUID()), .minutes(1), "grant:3")
      for statement in ["UPDATE ledger SET cause = 'x'", "DELETE FROM ledger", "TRUNCATE ledger"] {
        await #expect(throws: PostgresError.self) { try await pool.query(PostgresQuery(script: statement)) }
      }
    }
  }
}
