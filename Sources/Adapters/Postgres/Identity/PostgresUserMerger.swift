import Application
import Domain
import FoundationEssentials
import PostgresDriver

public enum UserMergeError: StableError, Equatable, CustomStringConvertible {
  case notFound(String)
  /// Several accounts have this address in other capitalizations; an id tells them apart.
  case ambiguous(String)
  case same
  /// The account was merged before, into another one.
  case alreadyMerged(into: UserID)
  /// The remaining account could not sign in either.
  case intoUnusable(UserID)
  /// A talk or a refund of the account is in progress.
  case openHolds
  case frozen

  public var code: String {
    switch self {
    case .notFound: "user_not_found"
    case .ambiguous: "address_ambiguous"
    case .same: "same_user"
    case .alreadyMerged: "already_merged"
    case .intoUnusable: "into_unusable"
    case .openHolds: "open_holds"
    case .frozen: "wallet_frozen"
    }
  }

  public var description: String {
    switch self {
    case .notFound(let who): "there is no user \(who)"
    case .ambiguous(let who): "several users have the address \(who): give the id"
    case .same: "a user cannot be merged into itself"
    case .alreadyMerged(let other): "it was merged into \(other) before"
    case .intoUnusable(let user): "user \(user) cannot sign in, so nothing is merged into it"
    case .openHolds: "a talk or a refund of it is under way: wait until it is settled"
    case .frozen: "its wallet is frozen: thaw it first"
    }
  }
}

/// Merges two accounts into one. Wallet, orders, tasks, talks, care plans and mails move to the remaining account. The
/// other row is kept and refers to the remaining one; its devices are signed out, and it cannot sign in any more. Its
/// ways to sign in are not moved, because the two accounts may have been created by different people.
public struct PostgresUserMerger: Sendable {
  public struct Answer: Sendable, Equatable {
    /// False if the merge was done before.
    public let isNew: Bool
    public let moved: TalkTime
    public let owed: TalkTime

    public init(isNew: Bool, moved: TalkTime, owed: TalkTime) {
      self.isNew = isNew
      self.moved = moved
      self.owed = owed
    }
  }

  /// The tables whose rows move to the remaining account. Ledger, holds, tax documents and freezes are history and keep
  /// the user id that they were written with. Devices, passkeys, links, revocations and stored responses end with the
  /// account.
  static let moved = [
    "tasks", "talk_sessions", "conversations", "care_plans", "care_plan_work", "care_plan_keys", "sent_mails",
    "mail_attempts",
  ]

  private let database: PostgresPool
  private let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))

  public init(database: PostgresPool) { self.database = database }

  /// - Parameter who: an id, or an address exactly as in the row. Another capitalization is accepted if only one row
  ///   has it.
  public func user(_ who: String) async throws -> UserID {
    if let id = UserID(who) { return id }
    // The exact spelling comes first, and an active row before a merged one. So a repeated merge finds the same row.
    let found = try await database.query(
      """
      SELECT id, rank() OVER (ORDER BY email <> \(who), merged_into IS NOT NULL) AS place FROM users
      WHERE lower(email) = lower(\(who)) AND (merged_into IS NULL OR email = \(who))
      ORDER BY place
      """
    ).rows
    guard let first = found.first else { throw UserMergeError.notFound(who) }
    guard try found.count(where: { try $0.get("place", as: Int.self) == 1 }) == 1 else {
      throw UserMergeError.ambiguous(who)
    }
    return UserID(try first.get("id", as: UUID.self))
  }

  /// - Throws: `UserMergeError`, with nothing changed.
  public func merge(_ from: UserID, into: UserID, reason: String, actor: String) async throws -> Answer {
    guard from != into else { throw UserMergeError.same }
    return try await database.transaction { transaction in
      let rows = try await lock([from, into], transaction)
      guard let gone = rows[from] else { throw UserMergeError.notFound("\(from)") }
      guard let stays = rows[into] else { throw UserMergeError.notFound("\(into)") }
      if gone.problem == "deleted" { throw UserMergeError.notFound("\(from)") }
      if let other = gone.mergedInto {
        guard other == into else { throw UserMergeError.alreadyMerged(into: other) }
        return Answer(isNew: false, moved: .zero, owed: .zero)
      }
      try await lockOrders(of: from, transaction)
      var (source, target) = try await wallets(from, into, transaction)
      try await refuseBusy(source, transaction)
      try await close(from, into, transaction)
      try await makeUsable(into, stays, transaction)
      let answer = try await moveWallet(&source, &target, transaction)
      try await moveRows(from, into, transaction)
      try await DeviceStatements.endAll(of: from, cause: .merged, in: transaction)
      try await note(from, into, reason, actor, transaction)
      return answer
    }
  }

  private struct Row {
    let problem: String?
    let mergedInto: UserID?
  }

  private func lock(_ users: [UserID], _ transaction: PostgresTransaction) async throws -> [UserID: Row] {
    let found = try await transaction.query(
      """
      SELECT id, address_problem, merged_into FROM users WHERE id = ANY(\(users.map(\.uuid))) ORDER BY id FOR UPDATE
      """)
    return try found.rows.reduce(into: [:]) { rows, row in
      rows[UserID(try row.get("id", as: UUID.self))] = Row(
        problem: try row.get("address_problem"),
        mergedInto: try row.get("merged_into", as: UUID?.self).map { (id: UUID) in UserID(id) })
    }
  }

  /// Orders are locked before the wallets, as payments and refunds do it. A transaction that credits an order waits
  /// here, and then finds its new owner.
  private func lockOrders(of user: UserID, _ transaction: PostgresTransaction) async throws {
    // An order that is being placed finishes before this, or finds the account closed.
    try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended(\("orders:\(user)"), 0))")
    try await transaction.query(
      "SELECT 1 FROM transactions WHERE user_id = \(user.uuid) ORDER BY id FOR UPDATE")
  }

  /// Locks the wallets always in the order of their ids, so that two merges cannot wait for each other.
  private func wallets(
    _ from: UserID, _ into: UserID, _ transaction: PostgresTransaction
  ) async throws -> (source: LockedWallet, target: LockedWallet) {
    if from.description < into.description {
      let source = try await ledger.lock(from, in: transaction)
      return (source, try await ledger.lock(into, in: transaction))
    }
    let target = try await ledger.lock(into, in: transaction)
    return (try await ledger.lock(from, in: transaction), target)
  }

  /// While the wallet is locked, no hold can be made.
  private func refuseBusy(_ source: LockedWallet, _ transaction: PostgresTransaction) async throws {
    if source.isFrozen { throw UserMergeError.frozen }
    let live = try await transaction.query(
      "SELECT FROM talk_sessions WHERE user_id = \(source.user.uuid) AND settled_at IS NULL LIMIT 1")
    if source.wallet.held > .zero || !live.rows.isEmpty { throw UserMergeError.openHolds }
  }

  /// The address is released first, because the remaining row may have another spelling of it.
  private func close(_ from: UserID, _ into: UserID, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      UPDATE users SET address_problem = 'merged', merged_into = \(into.uuid), password_hash = NULL, google_sub = NULL
      WHERE id = \(from.uuid)
      """)
    try await PostgresPasskeyRepository.removeAll(of: from, in: transaction)
  }

  private func makeUsable(_ into: UserID, _ row: Row, _ transaction: PostgresTransaction) async throws {
    if row.problem == nil { return }
    guard row.problem == "duplicate" else { throw UserMergeError.intoUnusable(into) }
    let owned = try await transaction.query(
      """
      UPDATE users u SET address_problem = NULL WHERE id = \(into.uuid) AND NOT EXISTS (
        SELECT FROM users o WHERE o.address_problem IS NULL AND lower(o.email) = lower(u.email))
      """)
    if owned.affectedRows == 0 { throw UserMergeError.intoUnusable(into) }
  }

  /// Writes two entries, one out and one in; what is owed moves with two more.
  private func moveWallet(
    _ source: inout LockedWallet, _ target: inout LockedWallet, _ transaction: PostgresTransaction
  ) async throws -> Answer {
    let (time, owed) = (source.wallet.available, source.wallet.owed)
    let reference = "merge:\(source.user)"
    let cause = LedgerCause.event("merge", "\(source.user):\(target.user)")
    if time > .zero {
      try await adjust(-time, "\(reference):out", cause, &source, transaction)
      try await adjust(time, "\(reference):in", cause, &target, transaction)
    }
    if owed > .zero {
      try await adjust(owed, "\(reference):owed:out", cause, &source, transaction)
      try await adjust(-owed, "\(reference):owed:in", cause, &target, transaction)
    }
    return Answer(isNew: true, moved: time, owed: owed)
  }

  private func adjust(
    _ time: TalkTime, _ reference: String, _ cause: LedgerCause, _ locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws {
    if time < .zero {
      try await ledger.debit(
        -time, kind: .adjustment, reference: reference, cause: cause, from: &locked, in: transaction)
    } else {
      try await ledger.credit(
        time, kind: .adjustment, reference: reference, cause: cause, to: &locked, in: transaction)
    }
  }

  private func moveRows(_ from: UserID, _ into: UserID, _ transaction: PostgresTransaction) async throws {
    for table in Self.moved {
      try await transaction.query(
        PostgresQuery(script: "UPDATE \(table) SET user_id = '\(into)' WHERE user_id = '\(from)'"))
    }
    // The buyer's details of the remaining account take precedence.
    try await transaction.query(
      """
      INSERT INTO buyers (user_id, state, gstin, name, address, updated_at)
      SELECT \(into.uuid), state, gstin, name, address, updated_at FROM buyers WHERE user_id = \(from.uuid)
      ON CONFLICT (user_id) DO NOTHING
      """)
    try await transaction.query("DELETE FROM buyers WHERE user_id = \(from.uuid)")
    // An idempotency key belongs to one user, and both may have used the same one.
    try await transaction.query(
      """
      UPDATE transactions SET user_id = \(into.uuid), idempotency_key = NULL WHERE user_id = \(from.uuid)
      """)
  }

  private func note(
    _ from: UserID, _ into: UserID, _ reason: String, _ actor: String, _ transaction: PostgresTransaction
  ) async throws {
    try await transaction.query(
      """
      INSERT INTO operator_actions (actor, action, subject, reason, details)
      VALUES (\(actor), 'user.merged', \(from.description), \(reason), \("into \(into)"))
      """)
  }
}
