/// How long the rows of a table are kept.
public struct TableRetention: Sendable, Equatable {
  /// A column with the moment that a row's age is counted from. A row where it is null is kept.
  public struct AgeLimit: Sendable, Equatable {
    public let column: String
    public let age: Duration
    /// A condition in SQL on the rows that it applies to; nil for all rows.
    public let condition: String?

    public init(_ column: String, _ age: Duration, where condition: String? = nil) {
      self.column = column
      self.age = age
      self.condition = condition
    }
  }

  public let table: String
  /// The services whose roles may delete its rows: `auth`, `billing`, `session`, `task`.
  public let services: [String]
  /// A row is deleted when one of these has passed. If there are none, rows are kept permanently.
  public let expiries: [AgeLimit]
  /// The column that names the service a row belongs to, for a table in which each service deletes only its own rows.
  public let ownerColumn: String?

  public init(_ table: String, _ services: [String] = [], _ expiries: [AgeLimit] = [], ownerColumn: String? = nil) {
    self.table = table
    self.services = services
    self.expiries = expiries
    self.ownerColumn = ownerColumn
  }
}

/// How long the entries of a stream are kept, and how much memory they may take. Entries beyond either limit are
/// removed, and an operator is alerted.
public struct StreamRetention: Sendable, Equatable {
  public let age: Duration
  /// The limit of the stream's memory.
  public let bytes: Int64

  public init(age: Duration, bytes: Int64) {
    self.age = age
    self.bytes = bytes
  }
}

/// How long each table and each stream is kept. Without a rule here a table or a stream would grow without limit, so
/// tests require one. docs/operations.md has the same table for operators.
public enum Retention {
  /// The most rows that one statement deletes.
  public static let batch = 1_000

  /// With the days that apply where nothing is set.
  public static let tables: [TableRetention] = tables(keeping: RetentionDays())

  public static func tables(keeping days: RetentionDays) -> [TableRetention] {
    [
      // Longer than the search for events after the loss of the bus, and as long as an entry stays in a stream.
      TableRetention("outbox", everyService, [.init("published_at", .days(7))], ownerColumn: "source"),
      TableRetention("inbox", everyService, [.init("seen_at", .days(days.inbox))]),
      TableRetention("idempotency_answers", ["billing", "session"], [.init("lease_until", .hours(24))]),
      // By then, every token that the row was written for has expired.
      TableRetention("revocations", ["auth"], [.init("expires_at", .hours(1))]),
      TableRetention("devices", ["auth"], [.init("expires_at", .days(30)), .init("ended_at", .days(30))]),
      TableRetention("account_links", ["auth"], [.init("expires_at", .days(30))]),
      // By then, the row limits nothing any more.
      TableRetention("link_quotas", ["auth"], [.init("last_sent_at", .hours(2))]),
      // By then, the next comparison begins another day anyway.
      TableRetention("code_comparisons", ["auth"], [.init("since", .hours(24))]),
      TableRetention("security_events", ["auth"], [.init("at", .days(365))]),
      // Anybody can make rows by made-up addresses, so those with few attempts go soon. Three guesses a day are fewer
      // than the hundred in 30 days that lock an address.
      TableRetention(
        "password_attempts", ["auth"],
        [.init("last_at", .hours(24), where: "in_a_row <= 3"), .init("last_at", .days(30))]),
      // An expired credential is refused without a look at the row; the hour covers differences between clocks.
      TableRetention("used_credentials", ["auth"], [.init("expires_at", .hours(1))]),
      // A challenge that has expired is refused without a look at the row.
      TableRetention("sign_in_challenges", ["auth"], [.init("expires_at", .hours(1))]),
      // Razorpay repeats a webhook for a day. Reconciliation does not need the rows: it asks Razorpay.
      TableRetention("razorpay_webhooks", ["billing"], [.init("done_at", .days(90))]),
      TableRetention("elevenlabs_webhooks", ["session"], [.init("received_at", .days(30))]),
      // Set when a task is completed, failed or cancelled, and cleared when the task is retried.
      TableRetention("tasks", ["task"], [.init("completed_at", .days(30))]),
      // Longer than the task whose retry the mark of a deleted plan refuses.
      TableRetention("care_plan_work", ["task"], [.init("updated_at", .days(90))]),
      TableRetention("sent_mails", ["task"], [.init("sent_at", .days(90))]),
      // By then, the mail's task has given up.
      TableRetention("mail_attempts", ["task"], [.init("first_at", .days(90))]),
      // A mailbox may have been set up since.
      TableRetention("undeliverable_addresses", ["task"], [.init("reported_at", .days(90))]),
      TableRetention("care_plans", ["task"], days.plans > 0 ? [.init("created_at", .days(days.plans))] : []),
    ] + keptForGood.map { TableRetention($0) }
  }

  /// Money and its proof, what users made, user accounts, and tables of a fixed size.
  public static let keptForGood = [
    "users", "passkeys", "totp_factors", "recovery_codes", "wallets", "ledger", "holds", "packs", "pack_versions",
    "transactions",
    "payments", "refunds", "disputes",
    "wallet_freezes", "tax_documents", "operator_actions", "talk_sessions", "conversations", "care_plan_keys", "buyers",
    "consents",
    "billing_rounds", "operator_daily_use", "outbox_relays", "task_types", "task_workers",
    "schema_migrations",
  ]

  /// For entries that some group has not acknowledged.
  public static let streams = StreamRetention(age: .days(7), bytes: 256 << 20)
  /// For entries that every group has acknowledged. They are kept for a short time, for inspection and for a new group.
  public static let acknowledged = Duration.seconds(600)
  public static let deadLetters = StreamRetention(age: .days(14), bytes: 16 << 20)

  private static let everyService = ["auth", "billing", "session", "task"]
}

extension Duration {
  fileprivate static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }
  fileprivate static func days(_ count: Int) -> Duration { .hours(count * 24) }
}
