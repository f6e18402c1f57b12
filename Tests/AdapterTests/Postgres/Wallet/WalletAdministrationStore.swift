import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

/// The port for operators' changes of wallets, and the other operations that the test needs.
struct WalletAdministrationStore: Sendable {
  let administration: any WalletAdministration
  let reading: any WalletReader
  /// A user who has signed up.
  let user: @Sendable () async throws -> UserID
  /// Actor, action and reason of each recorded action, in order.
  let actions: @Sendable () async throws -> [String]
  let dispute: @Sendable (UserID) async throws -> Void
  /// Advances the store's clock by some milliseconds.
  let pause: @Sendable () async throws -> Void
  let now: @Sendable () async throws -> Date

  /// In Postgres the ledger is audited after the body.
  static func with(
    _ kind: BillingStoreKind, _ body: @Sendable (WalletAdministrationStore) async throws -> Void
  ) async throws {
    switch kind {
    case .memory: try await body(inMemory())
    case .postgres:
      try await withMigratedDatabase(connections: 8) { database in
        try await body(inPostgres(database.pool))
        #expect(try await LedgerAudit(database: database.pool).verify().problems == [])
      }
    }
  }

  private static func inMemory() -> WalletAdministrationStore {
    let clock = FakeClock()
    let wallets = InMemoryWallets(clock: clock)
    return WalletAdministrationStore(
      administration: wallets, reading: wallets,
      user: {
        let user = UserID(UUID())
        wallets.add(user)
        return user
      },
      actions: { wallets.actions }, dispute: { wallets.freeze($0, cause: "dispute:disp_1", reason: "disputed") },
      pause: { clock.advance(.milliseconds(5)) }, now: { clock.now() })
  }

  private static func inPostgres(_ pool: PostgresPool) -> WalletAdministrationStore {
    let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))
    return WalletAdministrationStore(
      administration: PostgresWalletAdministration(database: pool), reading: PostgresWalletReader(database: pool),
      user: {
        let made = try await pool.query(
          "INSERT INTO users (email) VALUES (\("\(UUID())@example.com")) RETURNING id")
        return UserID(try #require(made.rows.first).get("id", as: UUID.self))
      },
      actions: {
        try await pool.query("SELECT actor, action, reason FROM operator_actions ORDER BY id").rows.map {
          "\(try $0.get("actor", as: String.self)) \(try $0.get("action", as: String.self)) \(try $0.get("reason", as: String.self))"
        }
      },
      dispute: { user in
        try await pool.transaction { transaction in
          var locked = try await ledger.lock(user, in: transaction)
          try await ledger.freeze(&locked, cause: .dispute("disp_1"), reason: "disputed", in: transaction)
        }
      },
      pause: { try await pool.query("SELECT pg_sleep(0.005)") },
      now: { try await pool.query("SELECT clock_timestamp() AS now").rows.first?.get("now") ?? .distantPast })
  }

  // MARK: steps that the suite shares

  func correct(
    _ kind: WalletCorrection.Kind, _ milliseconds: Int64, _ user: UserID, _ reference: String,
    reason: String = "because", actor: String = "cli:asha", dailyCap: TalkTime? = nil
  ) async throws(WalletAdministrationError) -> AdjustedWallet {
    try await CorrectWallet(wallets: administration)(
      kind, milliseconds: milliseconds, of: user, reference: reference, reason: reason, actor: actor,
      cause: .actor("cli:asha"), dailyCap: dailyCap)
  }

  func set(_ wish: FreezeWallet.Wish, _ user: UserID) async throws(WalletAdministrationError) -> AdjustedWallet {
    try await FreezeWallet(wallets: administration)(
      wish, user, reason: "\(wish)", actor: "cli:asha", cause: .actor("cli:asha"))
  }

  func wallet(_ user: UserID) async throws -> Wallet { try await reading.balance(of: user).wallet }
}
