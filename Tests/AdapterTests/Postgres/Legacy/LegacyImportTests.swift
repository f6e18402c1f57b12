import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

/// Compares the import row by row.
@Suite("Importing the legacy deployment's rows", .serialized)
struct LegacyImportTests {
  @Test("a thousand users keep each row and each balance, and the ledger passes its audit")
  func users() async throws {
    let people = LegacyPeople.thousand()
    #expect(people.count == 1_000)
    try await LegacyDatabase.with { pool in
      for person in people { try await person.insert(into: pool) }
      let report = try #require(try await LegacyDatabase.migrate(pool, LegacyColumnUnits(talkTime: .minutes)))
      #expect(report.users == 1_000)
      let rows = try await Self.rows(pool)
      for person in people {
        let row = try #require(rows[person.id])
        #expect(row.email == person.email && row.hash == person.hash && row.problem == person.problem)
        #expect(row.balance == person.milliseconds ?? 0, "\(person.talkTime)")
        #expect(row.entries == ((person.milliseconds ?? 0) > 0 ? 1 : 0), "\(person.talkTime)")
        if let created = person.created { #expect(row.created == created) }
        #expect(row.lastLogin == person.lastLogin)
      }
      let listed = people.filter { $0.milliseconds == nil }.map(\.id) + people.filter { $0.problem != nil }.map(\.id)
      #expect(report.problems.count == listed.count)
      for id in listed {
        #expect(report.problems.count { $0.hasPrefix("user \(id.uuidString.lowercased())") } == 1)
      }
      #expect(try await LegacyProblems.list(in: pool) == report.problems)
      let audit = try await LedgerAudit(database: pool).verify()
      #expect(audit.problems == [] && audit.entries == people.count { ($0.milliseconds ?? 0) > 0 })
    }
  }

  private struct Row {
    let email: String
    let hash, problem, created, lastLogin: String?
    let balance: Int64
    let entries: Int
  }

  /// Every user with wallet and opening entries; times in UTC, as the legacy deployment wrote them.
  private static func rows(_ pool: PostgresPool) async throws -> [UUID: Row] {
    let found = try await pool.query(
      """
      SELECT u.id, email, password_hash, address_problem, (created_at AT TIME ZONE 'UTC')::text AS created,
        (last_login AT TIME ZONE 'UTC')::text AS last_login, coalesce(w.available_ms, 0) AS balance,
        (SELECT count(*) FROM ledger l WHERE l.user_id = u.id AND kind = 'opening' AND cause = 'migration'
          AND reference = 'opening:' || u.id AND available_after_ms = w.available_ms AND requested_ms = w.available_ms
        ) AS entries
      FROM users u LEFT JOIN wallets w ON w.user_id = u.id
      """)
    return try found.rows.reduce(into: [:]) { rows, row in
      rows[try row.get("id", as: UUID.self)] = Row(
        email: try row.get("email"), hash: try row.get("password_hash"), problem: try row.get("address_problem"),
        created: try row.get("created"), lastLogin: try row.get("last_login"), balance: try row.get("balance"),
        entries: try row.get("entries"))
    }
  }

  @Test(
    "spaces around an address are removed; an empty hash and one of an unknown form are reported separately")
  func spaces() async throws {
    try await LegacyDatabase.with { pool in
      let spaced = LegacyPerson(email: " asha@example.com ", hash: "", talkTime: "0")
      let bcrypt = LegacyPerson(email: "ravi@example.com", hash: "$2b$12$abc", talkTime: "0")
      for person in [spaced, bcrypt] { try await person.insert(into: pool) }
      let report = try #require(try await LegacyDatabase.migrate(pool, LegacyColumnUnits()))
      let rows = try await Self.rows(pool)
      #expect(rows[spaced.id]?.email == "asha@example.com" && rows[spaced.id]?.hash == nil)
      #expect(rows[bcrypt.id]?.hash == "$2b$12$abc")
      #expect(report.problems.count == 1 && report.problems.first?.contains("unknown form") == true)
    }
  }

  @Test("a user who may not sign in gets no mail, and the report contains no control characters of an address")
  func noMail() async throws {
    try await LegacyDatabase.with { pool in
      let owner = LegacyPerson(email: "Asha@example.com", talkTime: "0", lastLogin: "2024-01-01")
      let other = LegacyPerson(email: "asha@example.com", talkTime: "0", created: "2023-01-01")
      let strange = LegacyPerson(email: "\u{1B}[2J@example.com", talkTime: "0")
      for person in [owner, other, strange] { try await person.insert(into: pool) }
      let report = try #require(try await LegacyDatabase.migrate(pool, LegacyColumnUnits()))
      let recipients = PostgresRecipientDirectory(database: pool)
      #expect(try await recipients.recipient(UserID(owner.id))?.email == "Asha@example.com")
      #expect(try await recipients.recipient(UserID(other.id)) == nil)
      #expect(try await recipients.recipient(UserID(strange.id)) == nil)
      for person in [owner, other, strange] { #expect(try await recipients.isDeleted(UserID(person.id)) == false) }
      #expect(report.problems.count == 2 && !report.problems.joined().contains("\u{1B}"))
      #expect(report.problems.first?.contains(owner.id.uuidString.lowercased()) == true)
    }
  }

  /// The legacy deployment's status, whether there is a payment, and the expected status.
  static let statuses: [(word: String?, paid: Bool, becomes: String)] = [
    ("paid", true, "legacy"), ("paid", false, "legacy"), ("SUCCESS", true, "legacy"), ("successful", true, "legacy"),
    ("captured", true, "legacy"), ("completed", true, "legacy"), ("pending", false, "created"),
    ("pending", true, "created"),
    ("created", false, "created"), ("failed", false, "failed"), ("refunded", true, "refunded"),
    ("partially_refunded", true, "partially_refunded"), ("disputed", true, "disputed"),
    ("authorized", true, "authorized"),
    ("expired", false, "expired"), ("whatever", true, "legacy"), ("whatever", false, "expired"), (nil, true, "legacy"),
    (nil, false, "expired"),
  ]

  @Test("transactions in each status keep their row, with the user's id for the address and paise for rupees")
  func transactions() async throws {
    try await LegacyDatabase.with { pool in
      let buyer = LegacyPerson(email: "Asha@example.com", talkTime: "0")
      let namesake = LegacyPerson(email: "asha@example.com", talkTime: "0", lastLogin: "2025-01-01")
      for person in [buyer, namesake] { try await person.insert(into: pool) }
      for (number, status) in Self.statuses.enumerated() {
        try await pool.query(
          """
          INSERT INTO transactions (razorpay_order_id, razorpay_payment_id, user_email, amount, status, created_at)
          VALUES (\("order_\(number)"), \(status.paid ? "pay_\(number)" : nil), 'Asha@example.com', 499, \(status.word),
            '2024-02-29 12:00:00.123456')
          """)
      }
      let report = try #require(try await LegacyDatabase.migrate(pool, LegacyColumnUnits(amount: .rupees)))
      #expect(report.transactions == Self.statuses.count && report.problems.count == 1)
      let rows = try await pool.query(
        """
        SELECT t.id, t.user_id, t.razorpay_payment_id, t.amount, t.currency, t.status, t.guide_status, t.pack_id,
          t.talktime_ms, t.paid_at IS NULL AS unpaid, t.created_at = '2024-02-29 12:00:00.123456+00' AS same_time,
          g.razorpay_order_id = t.razorpay_order_id AS same_order
        FROM transactions t JOIN guide.transactions g USING (id) ORDER BY substr(t.razorpay_order_id, 7)::int
        """
      ).rows
      #expect(rows.count == Self.statuses.count)
      for (number, row) in rows.enumerated() {
        let status = Self.statuses[number]
        #expect(try row.get("user_id", as: UUID.self) == buyer.id)
        #expect(try row.get("razorpay_payment_id", as: String?.self) == (status.paid ? "pay_\(number)" : nil))
        #expect(try row.get("amount", as: Int64.self) == 49_900)
        #expect(try row.get("currency", as: String.self) == "INR")
        #expect(try row.get("status", as: String.self) == status.becomes, "\(status)")
        #expect(try row.get("guide_status", as: String.self) == status.word ?? "")
        #expect(try row.get("pack_id", as: String?.self) == nil)
        #expect(try row.get("talktime_ms", as: Int64.self) == 0)
        for same in ["unpaid", "same_time", "same_order"] { #expect(try row.get(same, as: Bool.self)) }
      }
      #expect(try await LedgerAudit(database: pool).verify().problems == [])
    }
  }

  @Test("of two rows with one Razorpay id the paid one keeps it; rows without a user or an amount stay")
  func duplicates() async throws {
    let tables = """
      CREATE TABLE users (id uuid, email text, talktime float);
      CREATE TABLE transactions (id uuid, razorpay_order_id text, razorpay_payment_id text, user_email text, amount numeric,
        status text, created_at timestamptz)
      """
    try await LegacyDatabase.with(tables: tables) { pool in
      let ids = (0..<6).map { _ in UUID() }
      let rows: [(String?, String?, String?, String)] = [
        ("order_1", "pay_1", "499.5", "failed"), ("order_1", "pay_1", "499.5", "paid"), (nil, nil, "0", "pending"),
        (nil, nil, nil, "pending"), ("", "", "-3", "pending"), ("order_2", "pay_1", "1.005", "paid"),
      ]
      for (id, row) in zip(ids, rows) {
        try await pool.query(
          """
          INSERT INTO transactions VALUES (\(id), \(row.0), \(row.1), 'gone@example.com', \(row.2)::numeric, \(row.3),
            now() + \(ids.firstIndex(of: id) ?? 0) * interval '1 second')
          """)
      }
      let report = try #require(try await LegacyDatabase.migrate(pool, LegacyColumnUnits(amount: .rupees)))
      #expect(report.transactions == 6)
      let found = try await pool.query(
        "SELECT id, razorpay_order_id, razorpay_payment_id, amount, user_id FROM transactions")
      let byID = try found.rows.reduce(into: [UUID: PostgresRow]()) { $0[try $1.get("id")] = $1 }
      func read(_ column: String) throws -> [String?] {
        try ids.map { try byID[$0]?.get(column, as: String?.self) ?? nil }
      }
      #expect(try read("razorpay_order_id") == [nil, "order_1", nil, nil, nil, "order_2"])
      #expect(try read("razorpay_payment_id") == [nil, "pay_1", nil, nil, nil, nil])
      #expect(try read("amount") == ["49950", "49950", nil, nil, nil, "101"])
      #expect(try read("user_id") == Array(repeating: nil, count: 6))
      // One order id, two payment ids, the amounts 0 and -3, six buyers.
      #expect(report.problems.count == 11)
    }
  }

  static let tasks: [(word: String?, becomes: String)] = [
    ("pending", "pending"), ("running", "pending"), ("processing", "pending"), ("in_progress", "pending"),
    ("started", "pending"), ("completed", "completed"), ("Failed", "failed"), ("cancelled", "cancelled"),
    ("whatever", "parked"), (nil, "pending"),
  ]

  @Test(
    "tasks in each status keep their row; a task of an unknown type is parked when claimed, and changes no time")
  func tasks() async throws {
    try await LegacyDatabase.with { pool in
      for (number, task) in Self.tasks.enumerated() {
        try await pool.query(
          """
          INSERT INTO tasks (type, payload, status, created_at, started_at, completed_at, error)
          VALUES ('horoscope', \(PostgresJSON("{\"number\": \(number)}")), \(task.word), '2024-02-29 12:00:00',
            \(number.isMultiple(of: 2) ? "2024-02-29 12:00:01" : nil)::timestamp, NULL,
            \(number == 6 ? "it broke" : nil))
          """)
      }
      #expect(try await LegacyDatabase.migrate(pool, LegacyColumnUnits())?.tasks == Self.tasks.count)
      let states = try await Self.states(pool)
      #expect(states == Self.tasks.map(\.becomes))
      let changed = try await pool.query(
        """
        SELECT count(*) AS count FROM tasks t FULL JOIN guide.tasks g USING (id)
        WHERE t.type IS DISTINCT FROM g.type OR t.payload IS DISTINCT FROM g.payload OR t.error IS DISTINCT FROM g.error
          OR t.created_at IS DISTINCT FROM g.created_at AT TIME ZONE 'UTC'
          OR t.started_at IS DISTINCT FROM g.started_at AT TIME ZONE 'UTC'
          OR t.completed_at IS DISTINCT FROM g.completed_at AT TIME ZONE 'UTC'
        """)
      #expect(try changed.rows.first?.get("count", as: Int.self) == 0)
      let queue = PostgresTaskQueue(pool: pool)
      try await queue.survey()
      #expect(try await queue.claim(limit: 100, worker: "a", lease: .seconds(30)).isEmpty)
      #expect(try await Self.states(pool) == states.map { $0 == "pending" ? "parked" : $0 })
    }
  }

  private static func states(_ pool: PostgresPool) async throws -> [String] {
    try await pool.query("SELECT status FROM tasks ORDER BY (payload ->> 'number')::int").rows.map {
      try $0.get("status")
    }
  }
}
