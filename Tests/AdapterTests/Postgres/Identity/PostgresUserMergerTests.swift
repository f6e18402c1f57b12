import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("Merging two accounts", .serialized)
struct PostgresUserMergerTests {
  private struct Pair: Sendable {
    let pool: PostgresPool
    let from: UserID
    let into: UserID
    var merge: PostgresUserMerger { PostgresUserMerger(database: pool) }

    @discardableResult
    func callAsFunction() async throws -> PostgresUserMerger.Answer {
      try await merge.merge(from, into: into, reason: "the same person", actor: "test")
    }

    func wallet(_ user: UserID) async throws -> Wallet {
      try await WalletLedger(outbox: PostgresOutbox(source: "billing")).read(user, in: pool).wallet
    }

    /// Credits the time, or debits it if it is negative.
    func move(_ time: TalkTime, _ user: UserID) async throws {
      let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))
      let reference = "test:\(UUID())"
      try await pool.transaction { transaction in
        var locked = try await ledger.lock(user, in: transaction)
        if time < .zero {
          try await ledger.debit(
            -time, kind: .adjustment, reference: reference, cause: "test", from: &locked, in: transaction)
        } else {
          try await ledger.credit(
            time, kind: .grant, reference: reference, cause: "test", to: &locked, in: transaction)
        }
      }
    }

    func text(_ query: PostgresQuery) async throws -> [String] {
      try await pool.query(query).rows.map { try $0.get("text") }
    }
  }

  private func with(
    _ problems: (String?, String?) = ("duplicate", nil), _ body: @Sendable (Pair) async throws -> Void
  ) async throws {
    try await withMigratedDatabase { database in
      let users = try await ["asha@example.com", "Asha@Example.com"].enumerated().asyncMap { number, email in
        let made = try await database.pool.query(
          """
          INSERT INTO users (email, password_hash, google_sub, address_problem)
          VALUES (\(email), 'hash', \("google-\(number)"), \(number == 0 ? problems.0 : problems.1)) RETURNING id
          """)
        return UserID(try #require(made.rows.first).get("id", as: UUID.self))
      }
      try await body(Pair(pool: database.pool, from: users[0], into: users[1]))
      #expect(try await LedgerAudit(database: database.pool).verify().problems == [])
    }
  }

  @Test("the merged account's passkeys are gone, and those of the other stay")
  func passkeys() async throws {
    try await with { pair in
      for (user, number) in [(pair.from, 1), (pair.into, 2)] {
        let credential = Array(repeating: UInt8(number), count: 16)
        try await pair.pool.query(
          """
          INSERT INTO passkeys (user_id, credential_id, public_key, algorithm, counter, name, backup_eligible, backed_up)
          VALUES (\(user.uuid), \(credential), '', -7, 0, 'n', false, false)
          """)
      }
      try await pair()
      #expect(try await pair.text("SELECT user_id::text AS text FROM passkeys") == [pair.into.description])
    }
  }

  @Test("a merge moves the talk time once, and a second merge is answered as already done")
  func wallet() async throws {
    try await with { pair in
      try await pair.move(.minutes(3), pair.from)
      try await pair.move(.minutes(4), pair.into)
      #expect(try await pair() == PostgresUserMerger.Answer(isNew: true, moved: .minutes(3), owed: .zero))
      #expect(try await pair() == PostgresUserMerger.Answer(isNew: false, moved: .zero, owed: .zero))
      #expect(try await pair.wallet(pair.from).available == .zero)
      #expect(try await pair.wallet(pair.into).available == .minutes(7))
      let entries = try await pair.text(
        "SELECT kind || ' ' || reference AS text FROM ledger WHERE reference LIKE 'merge:%' ORDER BY id")
      #expect(entries == ["adjustment merge:\(pair.from):out", "adjustment merge:\(pair.from):in"])
      let told = try await pair.text(
        "SELECT subject AS text FROM outbox WHERE type = 'wallet.changed' ORDER BY created_at")
      #expect(Set(told.suffix(2)) == [pair.from.description, pair.into.description])
    }
  }

  @Test("a debt moves along, and the other account's talk time pays it")
  func owed() async throws {
    try await with { pair in
      try await pair.move(-.minutes(3), pair.from)
      try await pair.move(.minutes(1), pair.into)
      #expect(try await pair().owed == .minutes(3))
      #expect(try await pair.wallet(pair.from) == .empty)
      #expect(try await pair.wallet(pair.into) == Wallet(available: .zero, held: .zero, owed: .minutes(2)))
    }
  }

  @Test("the merged account's data is the other's; its row stays, and cannot be signed in to")
  func rows() async throws {
    try await with { pair in
      try await Self.fill(pair.pool, pair.from)
      try await pair()
      for table in [
        "transactions", "tasks", "talk_sessions", "conversations", "care_plans", "care_plan_work", "care_plan_keys",
        "sent_mails", "mail_attempts", "buyers",
      ] {
        let owners = try await pair.text(PostgresQuery(script: "SELECT user_id::text AS text FROM \(table)"))
        #expect(owners == [pair.into.description], "\(table)")
      }
      let row = try await pair.text(
        """
        SELECT concat_ws(' ', email, address_problem, merged_into, password_hash, google_sub) AS text
        FROM users WHERE id = \(pair.from.uuid)
        """)
      #expect(row == ["asha@example.com merged \(pair.into)"])
      let accounts = PostgresAccountRepository(database: pair.pool)
      #expect(try await accounts.account(pair.from) == nil)
      #expect(
        try await accounts.account(email: try #require(EmailAddress("asha@example.com")))?.account.id == pair.into)
      let revoked = try await pair.text(
        "SELECT user_id::text AS text FROM revocations r WHERE EXISTS (SELECT FROM devices WHERE id = r.device_id AND ended_at IS NOT NULL)"
      )
      #expect(revoked == [pair.from.description])
      let noted = try await pair.text(
        "SELECT concat_ws(' ', actor, action, subject, reason, details) AS text FROM operator_actions")
      #expect(noted == ["test user.merged \(pair.from) the same person into \(pair.into)"])
    }
  }

  private static func fill(_ pool: PostgresPool, _ user: UserID) async throws {
    let device = try #require(UUID(uuidString: "00000000-0000-4000-8000-000000000001"))
    let statements: [PostgresQuery] = [
      """
      INSERT INTO transactions (user_id, currency, talktime_ms, guide_status, idempotency_key)
      VALUES (\(user.uuid), 'INR', 0, 'paid', 'key')
      """,
      "INSERT INTO tasks (type, payload, user_id) VALUES ('x', '{}', \(user.uuid))",
      """
      INSERT INTO talk_sessions (id, user_id, agent_id, settled_at, charged_ms, end_reason)
      VALUES ('abcdefghijklmnopqrstuv', \(user.uuid), 'agent', now(), 0, 'user')
      """,
      "INSERT INTO conversations (id, user_id, agent_id, signed_url) VALUES ('c', \(user.uuid), 'agent', '')",
      """
      INSERT INTO care_plans (session_id, user_id, status, reason)
      VALUES ('abcdefghijklmnopqrstuv', \(user.uuid), 'skipped', 'x')
      """,
      "INSERT INTO care_plan_work (session_id, user_id) VALUES ('abcdefghijklmnopqrstuv', \(user.uuid))",
      "INSERT INTO care_plan_keys (id, user_id, wrapped) VALUES (gen_random_uuid(), \(user.uuid), '')",
      "INSERT INTO sent_mails (custom_id, user_id) VALUES ('m', \(user.uuid))",
      "INSERT INTO mail_attempts (custom_id, user_id) VALUES ('n', \(user.uuid))",
      "INSERT INTO buyers (user_id, state) VALUES (\(user.uuid), '29')",
      """
      INSERT INTO devices (id, user_id, token_hash, expires_at)
      VALUES (\(device), \(user.uuid), '\\x00', now() + interval '1 day')
      """,
    ]
    for statement in statements { try await pool.query(statement) }
  }

  @Test("every table with a user column is moved, or stays for a stated reason")
  func everyTable() async throws {
    try await with { pair in
      let tables = try await pair.text(
        """
        SELECT table_name::text AS text FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'user_id' ORDER BY 1
        """)
      let moved = [
        "transactions", "tasks", "talk_sessions", "conversations", "care_plans", "care_plan_work", "care_plan_keys",
        "sent_mails", "mail_attempts", "buyers",
      ]
      let history = ["ledger", "holds", "wallets", "tax_documents", "wallet_freezes", "security_events"]
      let ended = [
        "devices", "passkeys", "revocations", "account_links", "idempotency_answers", "consents", "totp_factors",
        "recovery_codes", "sign_in_challenges",
      ]
      #expect(Set(tables) == Set(moved + history + ended))
    }
  }

  @Test("a merge is refused while the account has a talk, or its wallet is frozen")
  func busy() async throws {
    try await with { pair in
      try await pair.move(.minutes(3), pair.from)
      try await pair.pool.query(
        "INSERT INTO talk_sessions (id, user_id, agent_id) VALUES ('abcdefghijklmnopqrstuv', \(pair.from.uuid), 'agent')"
      )
      await #expect(throws: UserMergeError.openHolds) { try await pair() }
      try await pair.pool.query("UPDATE talk_sessions SET settled_at = now(), charged_ms = 0, end_reason = 'user'")
      let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))
      _ = try await pair.pool.transaction { transaction in
        var locked = try await ledger.lock(pair.from, in: transaction)
        return try await ledger.hold(
          upTo: .minutes(1), reference: "refund:1", purpose: "refund:1", cause: "test", from: &locked, in: transaction)
      }
      await #expect(throws: UserMergeError.openHolds) { try await pair() }
      try await pair.pool.transaction { transaction in
        var locked = try await ledger.lock(pair.from, in: transaction)
        try await ledger.settle(
          charge: .zero, purpose: "refund:1", reference: "refund:1:released", kind: .release, cause: "test",
          in: &locked, transaction)
      }
      try await pair.pool.transaction { transaction in
        var locked = try await ledger.lock(pair.from, in: transaction)
        try await ledger.freeze(&locked, cause: .dispute("disp_1"), reason: "a test", in: transaction)
      }
      await #expect(throws: UserMergeError.frozen) { try await pair() }
      #expect(try await pair.wallet(pair.from).available == .minutes(3))
      try await pair.pool.transaction { transaction in
        var locked = try await ledger.lock(pair.from, in: transaction)
        try await ledger.thaw(&locked, cause: .dispute("disp_1"), in: transaction)
      }
      #expect(try await pair().moved == .minutes(3))
    }
  }

  @Test("a merge into the address's other spelling gives that account the address; into one without sign-in is refused")
  func spelling() async throws {
    try await with((nil, "duplicate")) { pair in
      try await pair()
      let accounts = PostgresAccountRepository(database: pair.pool)
      #expect(
        try await accounts.account(email: try #require(EmailAddress("asha@example.com")))?.account.id == pair.into)
    }
    try await with((nil, "invalid")) { pair in
      await #expect(throws: UserMergeError.intoUnusable(pair.into)) { try await pair() }
    }
    try await with(("duplicate", "duplicate")) { pair in
      _ = try await pair.pool.query("INSERT INTO users (email) VALUES ('ASHA@example.com')")
      await #expect(throws: UserMergeError.intoUnusable(pair.into)) { try await pair() }
      #expect(try await PostgresAccountRepository(database: pair.pool).account(pair.from) == nil)
    }
  }

  @Test("a merge with itself, with an unknown account, or again into another account is refused")
  func refused() async throws {
    try await with { pair in
      await #expect(throws: UserMergeError.same) {
        try await pair.merge.merge(pair.into, into: pair.into, reason: "x", actor: "test")
      }
      let nobody = UserID(UUID())
      for (from, into) in [(nobody, pair.into), (pair.from, nobody)] {
        await #expect(throws: UserMergeError.notFound("\(nobody)")) {
          try await pair.merge.merge(from, into: into, reason: "x", actor: "test")
        }
      }
      try await pair()
      let made = try await pair.pool.query("INSERT INTO users (email) VALUES ('x@example.com') RETURNING id")
      let third = UserID(try #require(made.rows.first).get("id", as: UUID.self))
      await #expect(throws: UserMergeError.alreadyMerged(into: pair.into)) {
        try await pair.merge.merge(pair.from, into: third, reason: "x", actor: "test")
      }
      await #expect(throws: UserMergeError.intoUnusable(pair.from)) {
        try await pair.merge.merge(third, into: pair.from, reason: "x", actor: "test")
      }
    }
  }

  @Test("an account is named by its id, or by its address as it is stored")
  func names() async throws {
    try await with { pair in
      #expect(try await pair.merge.user(pair.from.description) == pair.from)
      #expect(try await pair.merge.user("asha@example.com") == pair.from)
      #expect(try await pair.merge.user("Asha@Example.com") == pair.into)
      await #expect(throws: UserMergeError.ambiguous("ASHA@example.com")) {
        try await pair.merge.user("ASHA@example.com")
      }
      await #expect(throws: UserMergeError.notFound("x")) { try await pair.merge.user("x") }
      try await pair()
      #expect(try await pair.merge.user("ASHA@example.com") == pair.into)
      // The same command again names the same two accounts, until another account has the address.
      #expect(try await pair.merge.user("asha@example.com") == pair.from)
      _ = try await pair.pool.query(
        "INSERT INTO users (email, address_problem) VALUES ('asha@example.com', 'duplicate')")
      #expect(try await pair.merge.user("asha@example.com") != pair.from)
    }
  }
}

extension Sequence {
  fileprivate func asyncMap<T>(_ body: (Element) async throws -> T) async rethrows -> [T] {
    var mapped: [T] = []
    for element in self { mapped.append(try await body(element)) }
    return mapped
  }
}
