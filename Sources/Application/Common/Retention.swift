/// How long the rows of a table are kept.
public struct TableRetention: Sendable, Equatable {
  /// A moment that a row's age is counted from. A row where it is null stays.
  public struct Expiry: Sendable, Equatable {
    public let column: String
    public let age: Duration

    public init(_ column: String, _ age: Duration) {
      self.column = column
      self.age = age
    }
  }

  public let table: String
  /// The services whose roles may delete its rows: `auth`, `billing`, `session`, `task`.
  public let services: [String]
  /// A row goes when one of these has passed. None: its rows are kept for good.
  public let expiries: [Expiry]
  /// The column that names the service a row belongs to, where each service deletes its own alone.
  public let ownerColumn: String?

  public init(_ table: String, _ services: [String] = [], _ expiries: [Expiry] = [], ownerColumn: String? = nil) {
    self.table = table
    self.services = services
    self.expiries = expiries
    self.ownerColumn = ownerColumn
  }
}

/// How long the entries of a stream are kept, and how much of them. What is over either goes, and an operator hears of it.
public struct StreamRetention: Sendable, Equatable {
  public let age: Duration
  /// Of memory.
  public let bytes: Int64

  public init(age: Duration, bytes: Int64) {
    self.age = age
    self.bytes = bytes
  }
}

/// What is kept how long. A table or a stream that is not here has no end, so tests look for it; docs/operations.md says
/// the same to operators.
public enum Retention {
  /// Rows that one statement deletes at most.
  public static let batch = 1_000

  public static let tables: [TableRetention] =
    [
      // Longer than a bus that was lost is looked for, and as long as an entry stays in a stream.
      TableRetention("outbox", everyService, [.init("published_at", .days(7))], ownerColumn: "source"),
      TableRetention("inbox", everyService, [.init("seen_at", .days(30))]),
      TableRetention("idempotency_answers", ["billing", "session"], [.init("lease_until", .hours(24))]),
      // No token that it was written for lives then.
      TableRetention("revocations", ["auth"], [.init("expires_at", .hours(1))]),
      TableRetention("devices", ["auth"], [.init("expires_at", .days(30)), .init("ended_at", .days(30))]),
      TableRetention("email_verifications", ["auth"], [.init("expires_at", .days(30))]),
      // Razorpay repeats a webhook for a day; reconciliation asks Razorpay itself.
      TableRetention("razorpay_webhooks", ["billing"], [.init("done_at", .days(90))]),
      TableRetention("elevenlabs_webhooks", ["session"], [.init("received_at", .days(30))]),
      // Set when a task is completed, failed or cancelled, and taken back when it is tried again.
      TableRetention("tasks", ["task"], [.init("completed_at", .days(30))]),
      TableRetention("sent_mails", ["task"], [.init("sent_at", .days(90))]),
    ] + keptForGood.map { TableRetention($0) }

  /// Money and its proof, what a user made, what a user is, and tables of a fixed size.
  public static let keptForGood = [
    "users", "wallets", "ledger", "holds", "packs", "pack_versions", "transactions", "payments", "refunds", "disputes",
    "wallet_freezes", "tax_documents", "operator_actions", "talk_sessions", "conversations", "care_plans", "buyers",
    "billing_rounds", "outbox_relays", "schema_migrations",
  ]

  /// What some group has not acknowledged.
  public static let streams = StreamRetention(age: .days(7), bytes: 256 << 20)
  /// What every group has acknowledged: a while for whoever looks what happened, and for a group that is new.
  public static let acknowledged = Duration.seconds(600)
  public static let deadLetters = StreamRetention(age: .days(14), bytes: 16 << 20)

  private static let everyService = ["auth", "billing", "session", "task"]
}

extension Duration {
  fileprivate static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }
  fileprivate static func days(_ count: Int) -> Duration { .hours(count * 24) }
}
