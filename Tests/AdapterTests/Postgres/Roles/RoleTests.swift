import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Rights of the database roles", .serialized)
struct RoleTests {
  @Test("row-level security is on for every table, and each policy is for a service's role")
  func everyTable() async throws {
    try await RoleDatabase.with { roles async throws in
      let open = try await roles.owner.query(
        """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
          AND NOT relrowsecurity
        """
      ).rows.map { try $0.get("relname", as: String.self) }
      #expect(open == [])
      let all = try await roles.owner.query("SELECT 1 AS one FROM pg_tables WHERE schemaname = 'public'").rows.count
      #expect(all > 15)
      let foreign = try await roles.owner.query(
        """
        SELECT tablename || ' ' || policyname AS what FROM pg_policies
        WHERE schemaname = 'public' AND NOT roles <@ \(ServiceRole.allCases.map(\.name))::name[]
        """
      ).rows.map { try $0.get("what", as: String.self) }
      #expect(foreign == [])
    }
  }

  @Test("a role that belongs to no service has no right to any table or sequence, and PUBLIC was granted none")
  func everyone() async throws {
    try await RoleDatabase.with { roles async throws in
      let given = try await roles.owner.query(
        """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND CASE relkind
          WHEN 'r' THEN has_table_privilege(\(roles.nobodyName), oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
            OR has_any_column_privilege(\(roles.nobodyName), oid, 'SELECT, INSERT, UPDATE, REFERENCES')
          WHEN 'S' THEN has_sequence_privilege(\(roles.nobodyName), oid, 'USAGE, SELECT, UPDATE') END
        """
      ).rows.map { try $0.get("relname", as: String.self) }
      #expect(given == [])
      #expect(try await roles.nobody.refuses("SELECT * FROM users"))
      #expect(try await roles.nobody.refuses("CREATE TABLE public.mine (n int)"))
    }
  }

  @Test("a role with a grant and no policy sees nothing and writes nothing")
  func withoutPolicy() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query("INSERT INTO users (email) VALUES ('asha@example.com')")
      try await roles.owner.query(
        PostgresQuery(script: "GRANT SELECT, INSERT, DELETE ON users TO \(roles.nobodyName)"))
      #expect(try await roles.nobody.count("users") == 0)
      #expect(try await roles.nobody.query("DELETE FROM users").affectedRows == 0)
      #expect(try await roles.nobody.refuses("INSERT INTO users (email) VALUES ('ravi@example.com')"))
      #expect(try await roles[.auth].count("users") == 1)
    }
  }

  @Test("only auth reads password hashes; billing and task read addresses, and session reads if an account is open")
  func hashes() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles[.auth].query("INSERT INTO users (email, password_hash) VALUES ('asha@example.com', 'hash')")
      let hash = try await roles[.auth].query("SELECT password_hash FROM users").rows.first
      #expect(try hash?.get("password_hash", as: String.self) == "hash")
      let email = try await roles[.task].query("SELECT email, name, email_verified_at FROM users").rows.first
      #expect(try email?.get("email", as: String.self) == "asha@example.com")
      for secret in ["password_hash", "google_sub", "*"] {
        for role in [ServiceRole.task, .billing, .session] {
          #expect(try await roles[role].refuses("SELECT \(secret) FROM users"))
        }
      }
      #expect(try await roles[.task].refuses("UPDATE users SET email_verified_at = now()"))
      #expect(!(try await roles[.task].refuses("SELECT care_plan_mail FROM users")))
      #expect(try await roles[.task].refuses("UPDATE users SET care_plan_mail = 'full'"))
      #expect(!(try await roles[.task].refuses("SELECT disabled_at FROM users")))
      #expect(try await roles[.task].refuses("UPDATE users SET disabled_at = NULL"))
      // A receipt names its buyer, so billing reads these columns.
      #expect(!(try await roles[.billing].refuses("SELECT id, email, name FROM users")))
      #expect(try await roles[.session].refuses("SELECT email FROM users"))
      #expect(!(try await roles[.session].refuses("SELECT id, disabled_at FROM users")))
      #expect(try await roles[.session].refuses("UPDATE users SET disabled_at = now()"))
    }
  }

  @Test("task and billing learn by their own roles whether an account was deleted")
  func deletedAccounts() async throws {
    try await RoleDatabase.with { roles async throws in
      let (gone, other) = (try await insertDeletedUser(in: roles.owner), UUID())
      try await roles.owner.query("INSERT INTO users (id, email) VALUES (\(other), 'asha@example.com')")
      for role in [ServiceRole.task, .billing] {
        let accounts = PostgresDeletedAccountReader(database: roles[role])
        #expect(try await accounts.isDeleted(gone))
        for user in [UserID(other), UserID(UUID())] { #expect(try await !accounts.isDeleted(user)) }
      }
    }
  }

  static let foreign: [(ServiceRole, [String])] = [
    (
      .auth,
      [
        "ledger", "holds", "transactions", "talk_sessions", "tasks", "care_plans", "care_plan_work", "care_plan_keys",
        "sent_mails", "mail_attempts", "task_types",
      ]
    ),
    (
      .billing,
      [
        "devices", "revocations", "account_links", "link_quotas", "used_credentials", "password_attempts",
        "security_events", "talk_sessions", "tasks", "care_plans", "care_plan_work", "care_plan_keys", "totp_factors",
        "recovery_codes", "sign_in_challenges", "passkeys", "code_comparisons",
      ]
    ),
    (
      .session,
      [
        "devices", "transactions", "payments", "razorpay_webhooks", "tasks", "care_plans", "care_plan_work",
        "care_plan_keys", "refunds", "disputes",
        "wallet_freezes", "tax_documents", "used_credentials", "password_attempts", "security_events", "totp_factors",
        "recovery_codes", "sign_in_challenges", "passkeys", "code_comparisons",
      ]
    ),
    (
      .task,
      [
        "devices", "revocations", "used_credentials", "password_attempts", "security_events", "link_quotas", "ledger",
        "holds", "transactions", "payments", "razorpay_webhooks", "totp_factors", "recovery_codes",
        "sign_in_challenges", "passkeys", "code_comparisons",
      ]
    ),
  ]

  @Test("a service neither reads nor writes another service's tables", arguments: foreign)
  func foreignTables(role: ServiceRole, tables: [String]) async throws {
    try await RoleDatabase.with { roles async throws in
      for table in tables + ["schema_migrations"] {
        #expect(try await roles[role].refuses("SELECT 1 FROM \(table)"))
        #expect(try await roles[role].refuses("INSERT INTO \(table) DEFAULT VALUES"))
        #expect(try await roles[role].refuses("DELETE FROM \(table)"))
      }
    }
  }

  @Test(
    "a service reads what the task service's workers know, and nothing else of them",
    arguments: [ServiceRole.auth, .billing, .session])
  func workers(role: ServiceRole) async throws {
    try await RoleDatabase.with { roles async throws in
      #expect(!(try await roles[role].refuses("SELECT lease_until, vocabulary FROM task_workers")))
      #expect(try await roles[role].refuses("SELECT worker FROM task_workers"))
      #expect(try await roles[role].refuses("INSERT INTO task_workers (worker, lease_until) VALUES ('w', now())"))
      #expect(try await roles[role].refuses("UPDATE task_workers SET vocabulary = 9"))
      #expect(try await roles[role].refuses("DELETE FROM task_workers"))
    }
  }

  @Test("auth and task read what is left in a wallet, and nothing else of it", arguments: [ServiceRole.auth, .task])
  func balances(role: ServiceRole) async throws {
    try await RoleDatabase.with { roles async throws in
      #expect(!(try await roles[role].refuses("SELECT user_id, available_ms, held_ms FROM wallets")))
      for statement in [
        "SELECT owed_ms FROM wallets", "SELECT version FROM wallets", "UPDATE wallets SET available_ms = 1",
        "INSERT INTO wallets (user_id) VALUES (gen_random_uuid())", "DELETE FROM wallets",
        "SELECT 1 FROM wallets FOR UPDATE",
      ] {
        #expect(try await roles[role].refuses(statement), "\(statement)")
      }
    }
  }

  @Test(
    "auth, session and task write audit notes of their own, and cannot read them",
    arguments: [
      (ServiceRole.auth, "user.disable"), (.session, "session.end"), (.task, "stream.replay"),
    ])
  func operatorActions(role: ServiceRole, own: String) async throws {
    try await RoleDatabase.with { roles async throws in
      func note(_ action: String) -> String {
        "INSERT INTO operator_actions (actor, action, subject) VALUES ('a', '\(action)', 's')"
      }
      #expect(!(try await roles[role].refuses(note(own))))
      for foreign in ["wallet.grant", "user.disable", "session.end", "stream.replay"] where foreign != own {
        #expect(try await roles[role].refuses(note(foreign)))
      }
      #expect(try await roles[role].refuses("SELECT 1 FROM operator_actions"))
    }
  }

  @Test("a service sees and writes only its own events and inbox rows", arguments: ServiceRole.allCases)
  func ownEvents(role: ServiceRole) async throws {
    try await RoleDatabase.with { roles async throws in
      for source in ServiceRole.allCases {
        let event =
          "INSERT INTO outbox (source, context, type, subject, data) VALUES ('\(source)', 'tasks', 't', 's', '{}')"
        let note = "INSERT INTO inbox (consumer, event_id) VALUES ('\(source)-x', '1')"
        #expect(try await roles[role].refuses(event) == (source != role))
        #expect(try await roles[role].refuses(note) == (source != role))
        for statement in [event, note] where source != role {
          try await roles.owner.query(PostgresQuery(script: statement))
        }
      }
      for table in ["outbox", "inbox"] {
        #expect(try await roles.owner.count(table) == 4)
        #expect(try await roles[role].count(table) == 1)
      }
      #expect(try await roles[role].query("UPDATE outbox SET subject = 'x'").affectedRows == 1)
    }
  }

  @Test("the task role can do all that the task service does")
  func taskService() async throws {
    try await RoleDatabase.with { roles async throws in
      let pool = roles[.task]
      let (user, session) = (UserID(UUID()), try SessionID.random())
      let intake = PostgresEventTaskInbox(pool: pool, inbox: PostgresInbox(consumer: "task"))
      let wake = TaskWakeUp(userID: user, types: [.carePlanMail])
      try await intake.enqueue([.plan(of: user), .plan(of: user)], wake: wake, for: EventID(UUID()))
      let queue = PostgresTaskQueue(pool: pool)
      let claimed = try await queue.claim(limit: 2, worker: "a", lease: .seconds(30))
      try await queue.extend(worker: "a", lease: .seconds(30))
      #expect(try await queue.finish(try #require(claimed.last), worker: "a", as: .failed(code: "broken")))
      #expect(try await queue.rescue(maximumLosses: 3) == 0)
      let administration = PostgresTaskAdministration(database: pool)
      #expect(try await administration.retry(try #require(claimed.last).id)?.state == .pending)
      #expect(try await administration.cancel(try #require(claimed.last).id)?.state == .cancelled)
      #expect(try await PostgresTaskReader(database: pool).page(.everyone, after: nil, limit: 5).count == 2)
      let (types, reason) = (PostgresTaskTypeAdministration(database: pool), try #require(Reason("a test")))
      try await types.pause(.carePlan, reason: reason, actor: "cli:test")
      try await types.resume(.carePlan, reason: reason, actor: "cli:test")
      let limits = try #require(TaskTypeLimits(mostRunning: 5, mostPerMinute: 1_000))
      try await types.limit(.carePlan, to: limits, reason: reason, actor: "cli:test")
      #expect(try await types.types().first { $0.type == .carePlan }?.limits == limits)
      let ordered = Array(repeating: NewTask.plan(of: user, type: .receiptMail, order: "a"), count: 2)
      try await intake.enqueue(ordered, wake: nil, for: EventID(UUID()))
      try await intake.enqueue([.plan(of: user)], wake: wake, for: EventID(UUID()))
      let next = try await queue.claim(limit: 5, worker: "a", lease: .seconds(30))
      #expect(next.filter { $0.type == .receiptMail }.count == 1 && next.filter { $0.type == .carePlan }.count >= 1)
      #expect(try await queue.finish(next.map { TaskEnd($0, .completed) }, worker: "a").count == next.count)
      #expect(try await queue.claim(limit: 5, worker: "a", lease: .seconds(30)).map(\.type) == [.receiptMail])
      let plans = PostgresCarePlanRepository(
        pool: pool, outbox: PostgresOutbox(source: "task"), sealer: PlainCarePlanSealer())
      let reads = PostgresCarePlanReader(database: pool, sealer: PlainCarePlanSealer())
      #expect(try await plans.laterTalk(than: session) == .none)
      try await plans.store(.skipped(reason: "nothing_said"), session: session, user: user, then: [.plan(of: user)])
      let (plan, summary) = (try await reads.carePlan(of: session), try await reads.summary(of: session))
      #expect(plan != nil && summary == nil)
      #expect(try await plans.note("late", of: .unfinished, session: session, user: user).inAll < .seconds(60))
      #expect(try await plans.noteUselessAnswer("gemini_empty", session: session, user: user) == 1)
      #expect(try await plans.lastReason(session, afterUseless: 1) == "gemini_empty")
      try await PostgresErasureRepeater(database: pool).runOnce()
      let log = PostgresSentMailLog(database: pool)
      try await log.begin("m", for: user, resendAfter: .seconds(300))
      try await log.postpone("m", resendAfter: .seconds(30))
      try await log.withdraw("m")
      try await log.remember("m", for: user, messageID: nil)
      #expect(try await log.state("m") == .sent)
      let recipients = PostgresRecipientDirectory(database: pool)
      #expect(try await recipients.recipient(user) == nil)
      #expect(try await recipients.isDeleted(user) == false)
      let undeliverable = PostgresUndeliverableAddressRepository(database: pool)
      let address = try #require(EmailAddress("asha@example.com"))
      try await undeliverable.add(address, because: .spam)
      #expect(try await undeliverable.contains(address))
      #expect(try await PostgresMailedLinkReader(database: pool).link(UUID().uuidString, of: user) == nil)
      let renewer = PostgresMailedLinkRenewer(database: pool)
      let time = try await renewer.renew(UUID().uuidString, of: user, for: .verifyEmail, mayBeThere: false)
      #expect(time == .closed)
    }
  }
}
