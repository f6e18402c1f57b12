import Application
import Domain
import Fakes
import FoundationEssentials
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

/// The ledger in memory and in Postgres: one suite tests both.
enum TalkLedgerKind: String, CaseIterable, Sendable {
  case inMemory, postgres

  /// Runs the body with an empty ledger; the one in Postgres must balance afterwards.
  func with(_ body: @Sendable (any TalkLedgerStore) async throws -> Void) async throws {
    switch self {
    case .inMemory: try await body(InMemoryStore())
    case .postgres: try await PostgresTalkLedgerStore.with(body)
    }
  }
}

/// A ledger with a clock and wallets that the test controls.
protocol TalkLedgerStore: Sendable {
  var talkLedger: any TalkLedger { get }
  var conversations: any ConversationRepository { get }
  var checks: any DurationCheckQueue { get }
  var names: any TalkProviderIDReader { get }
  var actions: any OperatorTalkActionLog { get }
  var accounts: any AccountStatusReader { get }
  var history: any TalkHistory { get }
  var proofs: any TalkProofReader { get }
  func advance(_ time: TalkTime) async throws
  func credit(_ user: UserID, _ time: TalkTime) async throws
  func debit(_ user: UserID, _ time: TalkTime) async throws
  func freeze(_ user: UserID, _ isFrozen: Bool) async throws
  func wallet(_ user: UserID) async throws -> Wallet
  /// Disables the account.
  func closeAccount(of user: UserID) async throws
}

private struct InMemoryStore: TalkLedgerStore {
  private let fake = InMemoryTalkLedger()
  var talkLedger: any TalkLedger { fake }
  var conversations: any ConversationRepository { fake }
  var checks: any DurationCheckQueue { fake }
  var names: any TalkProviderIDReader { fake }
  var actions: any OperatorTalkActionLog { fake }
  var accounts: any AccountStatusReader { fake }
  var history: any TalkHistory { fake }
  var proofs: any TalkProofReader { fake }
  func advance(_ time: TalkTime) { fake.advance(time) }
  func credit(_ user: UserID, _ time: TalkTime) { fake.credit(user, time) }
  func debit(_ user: UserID, _ time: TalkTime) { fake.debit(user, time) }
  func freeze(_ user: UserID, _ isFrozen: Bool) { fake.freeze(user, isFrozen) }
  func wallet(_ user: UserID) -> Wallet { fake.purse(of: user) }
  func closeAccount(of user: UserID) { fake.closeAccount(of: user) }
}

struct PostgresTalkLedgerStore: TalkLedgerStore {
  let pool: PostgresPool
  let talkLedger: any TalkLedger
  var conversations: any ConversationRepository { PostgresConversationRepository(database: pool) }
  var checks: any DurationCheckQueue { PostgresDurationCheckQueue(database: pool) }
  var names: any TalkProviderIDReader { PostgresTalkProviderIDReader(database: pool) }
  var actions: any OperatorTalkActionLog { PostgresOperatorTalkActionLog(database: pool) }
  var accounts: any AccountStatusReader { PostgresAccountStatusReader(database: pool) }
  var history: any TalkHistory { PostgresTalkHistory(database: pool) }
  var proofs: any TalkProofReader { PostgresTalkProofReader(database: pool) }
  private let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))

  static func with(_ body: @Sendable (PostgresTalkLedgerStore) async throws -> Void) async throws {
    try await withMigratedDatabase { database in
      try await body(PostgresTalkLedgerStore(database.pool))
      // A test that advanced the clock has made holds older than they are, which is not an error of the ledger.
      let problems = try await LedgerAudit(database: database.pool).verify().problems
      #expect(problems.filter { !$0.hasPrefix("a hold is long past") } == [])
    }
  }

  private init(_ pool: PostgresPool) {
    self.pool = pool
    talkLedger = PostgresTalkLedger(database: pool)
  }

  /// Postgres has its own clock, so all stored times are made older instead.
  func advance(_ time: TalkTime) async throws {
    try await pool.query(
      "UPDATE holds SET expires_at = expires_at - \(time.milliseconds) * interval '1 millisecond'")
    try await pool.query(
      """
      UPDATE conversations SET invited_at = invited_at - \(time.milliseconds) * interval '1 millisecond',
        check_at = check_at - \(time.milliseconds) * interval '1 millisecond'
      """)
    try await pool.query(
      "UPDATE talk_sessions SET settled_at = settled_at - \(time.milliseconds) * interval '1 millisecond'")
  }

  func credit(_ user: UserID, _ time: TalkTime) async throws {
    try await pool.transaction { transaction in
      var locked = try await ledger.lock(user, in: transaction)
      _ = try await ledger.credit(
        time, kind: .grant, reference: "grant:\(UUID())", cause: "test", to: &locked, in: transaction)
    }
  }

  func debit(_ user: UserID, _ time: TalkTime) async throws {
    try await pool.transaction { transaction in
      var locked = try await ledger.lock(user, in: transaction)
      _ = try await ledger.debit(
        time, kind: .adjustment, reference: "test:\(UUID())", cause: "test", from: &locked, in: transaction)
    }
  }

  func freeze(_ user: UserID, _ isFrozen: Bool) async throws {
    try await pool.transaction { transaction in
      var locked = try await ledger.lock(user, in: transaction)
      if isFrozen {
        try await ledger.freeze(&locked, cause: .operatorRequest, reason: "test", in: transaction)
      } else {
        try await ledger.thaw(&locked, cause: .operatorRequest, in: transaction)
      }
    }
  }

  func closeAccount(of user: UserID) async throws {
    try await pool.query(
      """
      INSERT INTO users (id, email, disabled_at)
      VALUES (\(user.uuid), \("\(user)@example.com"), clock_timestamp())
      """)
  }

  func wallet(_ user: UserID) async throws -> Wallet { try await ledger.read(user, in: pool).wallet }

  /// The data of the outbox rows of one type, oldest first.
  func outbox(_ type: String) async throws -> [String] {
    try await pool.query("SELECT data FROM outbox WHERE type = \(type) ORDER BY created_at").rows.map { row in
      try row.get("data")
    }
  }
}
