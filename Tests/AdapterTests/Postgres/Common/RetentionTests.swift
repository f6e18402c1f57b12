import Application
import Foundation
import Logging
import PostgresDriver
import TestInfrastructure
import Testing

@testable import PostgresAdapter

@Suite("How long rows are kept", .serialized)
struct RetentionTests {
  /// An insert of `$rows` rows with the timestamp `$moment`, for each table.
  private static let inserts: [String: String] = [
    "outbox published_at": """
    INSERT INTO outbox (source, context, type, subject, data, published_at, published_to)
    SELECT '$service', 'tasks', 't', 's', '{}', $moment, 'bus' FROM generate_series(1, $rows)
    """,
    "inbox seen_at": """
    INSERT INTO inbox (consumer, event_id, seen_at)
    SELECT '$service', gen_random_uuid()::text, $moment FROM generate_series(1, $rows)
    """,
    "idempotency_answers lease_until": """
    INSERT INTO idempotency_answers (user_id, route, key, fingerprint, lease_until)
    SELECT gen_random_uuid(), 'POST $route', 'k', '', $moment FROM generate_series(1, $rows)
    """,
    "revocations expires_at": """
    INSERT INTO revocations (user_id, expires_at) SELECT gen_random_uuid(), $moment FROM generate_series(1, $rows)
    """,
    "devices expires_at": """
    INSERT INTO devices (id, user_id, token_hash, expires_at)
    SELECT d, (SELECT id FROM users), decode(md5(d::text), 'hex'), $moment
    FROM (SELECT gen_random_uuid() AS d FROM generate_series(1, $rows)) AS n
    """,
    "devices ended_at": """
    INSERT INTO devices (id, user_id, token_hash, expires_at, ended_at)
    SELECT d, (SELECT id FROM users), decode(md5(d::text), 'hex'), 'infinity', $moment
    FROM (SELECT gen_random_uuid() AS d FROM generate_series(1, $rows)) AS n
    """,
    "account_links expires_at": """
    INSERT INTO account_links (purpose, user_id, email, expires_at)
    SELECT 'verify-email', id, 'a@example.com', $moment FROM users, generate_series(1, $rows)
    """,
    "link_quotas last_sent_at": """
    INSERT INTO link_quotas (address_hash, purpose, sent_at, last_sent_at)
    SELECT decode(md5(gen_random_uuid()::text), 'hex'), 'verify-email', ARRAY[$moment], $moment
    FROM generate_series(1, $rows)
    """,
    "code_comparisons since": """
    INSERT INTO code_comparisons (address_hash, purpose, since, compared)
    SELECT sha256(gen_random_uuid()::text::bytea), 'verify-email', $moment, 1 FROM generate_series(1, $rows)
    """,
    "security_events at": """
    INSERT INTO security_events (user_id, kind, at)
    SELECT (SELECT id FROM users), 'signed_in', $moment FROM generate_series(1, $rows)
    """,
    "password_attempts last_at": """
    INSERT INTO password_attempts (address_hash, device_id, all_back_at, in_a_row, last_at)
    SELECT sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), $moment, 4, $moment
    FROM generate_series(1, $rows)
    """,
    "password_attempts last_at in_a_row <= 3": """
    INSERT INTO password_attempts (address_hash, device_id, all_back_at, in_a_row, last_at)
    SELECT sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), $moment, 3, $moment
    FROM generate_series(1, $rows)
    """,
    "used_credentials expires_at": """
    INSERT INTO used_credentials (digest, expires_at)
    SELECT sha256(gen_random_uuid()::text::bytea), $moment FROM generate_series(1, $rows)
    """,
    "sign_in_challenges expires_at": """
    INSERT INTO sign_in_challenges (token_hash, user_id, methods, expires_at)
    SELECT sha256(gen_random_uuid()::text::bytea), id, 'pwd', $moment FROM users, generate_series(1, $rows)
    """,
    "razorpay_webhooks done_at": """
    INSERT INTO razorpay_webhooks (event_id, body, done_at)
    SELECT gen_random_uuid()::text, '', $moment FROM generate_series(1, $rows)
    """,
    "elevenlabs_webhooks received_at": """
    INSERT INTO elevenlabs_webhooks (digest, body, received_at)
    SELECT gen_random_uuid()::text, '', $moment FROM generate_series(1, $rows)
    """,
    "tasks completed_at": """
    INSERT INTO tasks (type, payload, status, completed_at)
    SELECT 'care_plan', '{}', 'completed', $moment FROM generate_series(1, $rows)
    """,
    "mail_attempts first_at": """
    INSERT INTO mail_attempts (custom_id, user_id, first_at)
    SELECT gen_random_uuid()::text, gen_random_uuid(), $moment FROM generate_series(1, $rows)
    """,
    "undeliverable_addresses reported_at": """
    INSERT INTO undeliverable_addresses (address_hash, cause, reported_at)
    SELECT sha256(gen_random_uuid()::text::bytea), 'spam', $moment FROM generate_series(1, $rows)
    """,
    "care_plans created_at": """
    INSERT INTO care_plans (session_id, user_id, status, reason, created_at)
    SELECT gen_random_uuid()::text, gen_random_uuid(), 'skipped', 'x', $moment FROM generate_series(1, $rows)
    """,
    "care_plan_work updated_at": """
    INSERT INTO care_plan_work (session_id, user_id, updated_at)
    SELECT gen_random_uuid()::text, gen_random_uuid(), $moment FROM generate_series(1, $rows)
    """,
    "sent_mails sent_at": """
    INSERT INTO sent_mails (custom_id, user_id, sent_at)
    SELECT gen_random_uuid()::text, gen_random_uuid(), $moment FROM generate_series(1, $rows)
    """,
  ]

  private static let rules = Retention.tables.flatMap { rule in
    rule.services.flatMap { service in rule.expiries.map { (rule, $0, service) } }
  }

  private func insert(
    _ rule: TableRetention, _ expiry: TableRetention.AgeLimit, _ service: String, rows: Int, moment: String,
    _ owner: PostgresPool
  ) async throws {
    let route = ["billing": "/billing/orders", "session": "/sessions"][service] ?? ""
    let name = [rule.table, expiry.column, expiry.condition].compactMap(\.self).joined(separator: " ")
    let text = try #require(Self.inserts[name], "\(rule.table) has no rows to try with")
      .replacing("$rows", with: "\(rows)").replacing("$moment", with: moment).replacing("$service", with: service)
      .replacing("$route", with: route)
    try await owner.query(PostgresQuery(stringLiteral: text))
  }

  private func retention(_ service: String, _ database: PostgresPool) -> PostgresRetention {
    PostgresRetention(service: service, database: database, logger: Logger(label: "tests"))
  }

  private func role(_ service: String) throws -> ServiceRole { try #require(ServiceRole(rawValue: service)) }

  @Test("every table has a rule, and every rule a table")
  func everyTable() async throws {
    try await withMigratedDatabase { database in
      let tables = try await database.pool.query(
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'"
      )
      .rows.map { try $0.get("name", as: String.self) }
      #expect(tables.sorted() == Retention.tables.map(\.table).sorted())
    }
  }

  @Test("the table in docs/operations.md matches the rules")
  func documented() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/operations.md"), encoding: .utf8)
    let section = try #require(text.split(separator: "## What is kept how long").last)
    let rows = section.split(separator: "\n").map(String.init).filter { $0.hasPrefix("|") }
    for rule in Retention.tables {
      let row = try #require(rows.first { $0.contains("`\(rule.table)`") }, "\(rule.table) is not told")
      if rule.expiries.isEmpty { #expect(row.contains("| for good |")) }
      for expiry in rule.expiries {
        let hours = expiry.age.components.seconds / 3_600
        let age = hours < 48 ? (hours == 1 ? "1 hour" : "\(hours) hours") : "\(hours / 24) days"
        #expect(row.contains("\(age) after `\(expiry.column)`"), "\(rule.table): \(row)")
      }
    }
  }

  @Test("a service deletes by its own role all rows that are too old, in as many batches as needed, and no others")
  func deletes() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query("INSERT INTO users (email) VALUES ('asha@example.com')")
      for (rule, expiry, service) in Self.rules {
        let seconds = expiry.age.components.seconds
        let old = "now() - interval '\(seconds + 60) seconds'"
        try await insert(rule, expiry, service, rows: 1_100, moment: old, roles.owner)
        try await insert(
          rule, expiry, service, rows: 3, moment: "now() - interval '\(seconds - 60) seconds'", roles.owner)
        await retention(service, roles[try role(service)]).runOnce()
        #expect(try await roles.owner.count(rule.table) == 3, "\(rule.table) by \(expiry.column), \(service)")
        try await roles.owner.query(PostgresQuery(stringLiteral: "DELETE FROM \(rule.table)"))
      }
    }
  }

  @Test("a row whose event has not happened yet is kept, however old it is")
  func unfinished() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query("INSERT INTO users (email) VALUES ('asha@example.com')")
      for statement in [
        "INSERT INTO outbox (source, context, type, subject, data, created_at) VALUES ('task', 't', 't', 's', '{}', '2020-01-01')",
        "INSERT INTO tasks (type, payload, created_at) VALUES ('care_plan', '{}', '2020-01-01')",
        "INSERT INTO razorpay_webhooks (event_id, body, received_at) VALUES ('e', '', '2020-01-01')",
        """
        INSERT INTO devices (id, user_id, token_hash, created_at, expires_at)
        SELECT gen_random_uuid(), id, '', '2020-01-01', now() + interval '1 day' FROM users
        """,
      ] { try await roles.owner.query(PostgresQuery(stringLiteral: statement)) }
      for role in ServiceRole.allCases { await retention(role.rawValue, roles[role]).runOnce() }
      for table in ["outbox", "tasks", "razorpay_webhooks", "devices"] {
        #expect(try await roles.owner.count(table) == 1, "\(table)")
      }
    }
  }

  @Test("each statement finds its rows by an index, also if no row of very many is old enough")
  func plans() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query("INSERT INTO users (email) VALUES ('asha@example.com')")
      for (rule, expiry, service) in Self.rules {
        try await insert(rule, expiry, service, rows: 20_000, moment: "now()", roles.owner)
        try await roles.owner.query(PostgresQuery(stringLiteral: "ANALYZE \(rule.table)"))
        let statement = PostgresRetention.statement(rule, expiry, service: service).sql
        // Run by the service's role, and by the owner, as in an installation with one address for all four services.
        for pool in [roles[try role(service)], roles.owner] {
          let plan = try await pool.query(PostgresQuery(stringLiteral: "EXPLAIN " + statement)).rows
            .map { try $0.get("QUERY PLAN", as: String.self) }.joined(separator: "\n")
          #expect(plan.contains("Index") && plan.contains("Tid Scan") && !plan.contains("Seq Scan"), "\(plan)")
        }
      }
    }
  }

  @Test("one instance deletes at a time; the others skip their turn")
  func oneAtATime() async throws {
    try await withMigratedDatabase { database in
      let (rule, expiry, _) = try #require(Self.rules.first { $0.0.table == "sent_mails" })
      try await insert(rule, expiry, "task", rows: 2, moment: "'2020-01-01'", database.pool)
      let retention = retention("task", database.pool)
      try await database.pool.transaction { transaction in
        try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('retention:task', 0))")
        await retention.runOnce()
        let left = try await transaction.query("SELECT count(*) AS n FROM sent_mails").rows.first
        #expect(try left?.get("n", as: Int.self) == 2)
      }
      await retention.runOnce()
      let left = try await database.pool.query("SELECT count(*) AS n FROM sent_mails").rows.first
      #expect(try left?.get("n", as: Int.self) == 0)
    }
  }

  @Test("an event is remembered for longer than it can be delivered again")
  func inboxOutlives() throws {
    func age(_ table: String) throws -> Duration {
      try #require(Retention.tables.first { $0.table == table }?.expiries.first).age
    }
    // The longest way of an event: from the outbox to the stream, to the dead letters, and back to the stream.
    let longest = Retention.streams.age + Retention.deadLetters.age + Retention.streams.age
    #expect(try age("inbox") > longest && age("inbox") > age("outbox") * 2)
    #expect(try age("outbox") >= Retention.streams.age)
    #expect(Duration.seconds(RetentionDays.inboxRange.lowerBound * 86_400) > longest)
  }

  @Test("an operator decides how long plans and handled events are kept, and whether plans go at all")
  func days() throws {
    func rule(_ table: String, _ days: RetentionDays) throws -> TableRetention {
      try #require(Retention.tables(keeping: days).first { $0.table == table })
    }
    let days = RetentionDays(plans: 7, inbox: 40)
    #expect(try rule("care_plans", days).expiries == [.init("created_at", .seconds(7 * 86_400))])
    #expect(try rule("inbox", days).expiries == [.init("seen_at", .seconds(40 * 86_400))])
    #expect(try rule("care_plans", RetentionDays(plans: 0)).expiries.isEmpty)
  }
}
