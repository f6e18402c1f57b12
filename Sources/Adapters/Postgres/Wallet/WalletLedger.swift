import Domain
import PostgresDriver

/// A wallet whose row is locked.
public struct LockedWallet: Sendable {
  public let user: UserID
  public internal(set) var wallet: Wallet
  public internal(set) var version: Int64
  public internal(set) var isFrozen: Bool
}

public enum LedgerError: Error, Sendable, Equatable {
  /// The reference was used for another entry. The fields in the set differ.
  case differs(reference: String, in: Set<DifferingPostingField>)
  /// A row that contradicts every valid history of a wallet.
  case corrupt
}

/// All statements that change wallets and ledger. Each write consists of an entry, the wallet's row and
/// `wallet.changed`, in the caller's transaction. A repeated reference gets the first result again.
public struct WalletLedger: Sendable {
  let outbox: PostgresOutbox

  public init(outbox: PostgresOutbox) { self.outbox = outbox }

  /// The current wallet; an empty one for a user who has none yet.
  public func read(_ user: UserID, in session: some PostgresStatementRunner) async throws -> LockedWallet {
    let result = try await session.query(
      "SELECT available_ms, held_ms, owed_ms, version, frozen FROM wallets WHERE user_id = \(user.uuid)")
    guard let row = result.rows.first else {
      return LockedWallet(user: user, wallet: .empty, version: 0, isFrozen: false)
    }
    return try locked(user, row)
  }

  /// Locks the wallet until the transaction ends. The row is created at the first use.
  public func lock(_ user: UserID, in transaction: PostgresTransaction) async throws -> LockedWallet {
    for _ in 0..<2 {
      let result = try await transaction.query(
        """
        SELECT available_ms, held_ms, owed_ms, version, frozen FROM wallets WHERE user_id = \(user.uuid) FOR UPDATE
        """)
      if let row = result.rows.first { return try locked(user, row) }
      try await transaction.query("INSERT INTO wallets (user_id) VALUES (\(user.uuid)) ON CONFLICT DO NOTHING")
    }
    throw LedgerError.corrupt
  }

  /// Adds talk time, once by its reference: for a purchase, a grant, an opening balance, or talk time that was taken in
  /// error.
  @discardableResult
  public func credit(
    _ time: TalkTime, kind: LedgerEntryKind, reference: String, cause: LedgerCause, reason: String? = nil,
    to locked: inout LockedWallet, in transaction: PostgresTransaction
  ) async throws -> LedgerPostingResult {
    let entry = Entry(kind: kind, reference: reference, requested: time, cause: cause, reason: reason)
    if let stands = try await standing(entry, locked.user, in: transaction) { return stands }
    let change = locked.wallet.credit(time)
    return try await write(change, entry, &locked, transaction)
  }

  /// Takes talk time, once by its reference. What the wallet lacks is owed.
  @discardableResult
  public func debit(
    _ time: TalkTime, kind: LedgerEntryKind, reference: String, cause: LedgerCause, reason: String? = nil,
    from locked: inout LockedWallet, in transaction: PostgresTransaction
  ) async throws -> LedgerPostingResult {
    let entry = Entry(kind: kind, reference: reference, requested: -time, cause: cause, reason: reason)
    if let stands = try await standing(entry, locked.user, in: transaction) { return stands }
    let change = locked.wallet.debit(time)
    return try await write(change, entry, &locked, transaction)
  }

  /// Gives back the talk time that a refund took, once by its reference. Nothing is written if it took none.
  func giveBack(
    _ time: TalkTime, reference: String, cause: LedgerCause, to locked: inout LockedWallet,
    in transaction: PostgresTransaction
  ) async throws {
    let entry = Entry(kind: .refund, reference: reference, requested: -time, cause: cause)
    guard try await standing(entry, locked.user, in: transaction) == nil else { return }
    let change = locked.wallet.credit(time)
    guard !change.isNothing else { return }
    _ = try await write(change, entry, &locked, transaction)
  }

  struct Entry {
    let kind: LedgerEntryKind
    let reference: String
    /// The requested amount, with its sign. A repeat with another amount is refused.
    let requested: TalkTime
    let cause: LedgerCause
    var reason: String?
  }

  struct NewHold {
    let purpose: String
    let amount: TalkTime
    let cumulative: TalkTime
    /// Nil for a hold that lasts until it is settled.
    let life: Int64?
  }

  /// The existing entry with this reference.
  /// - Throws: `differs` if the existing entry is a different one.
  func standing(_ entry: Entry, _ user: UserID, in transaction: PostgresTransaction) async throws
    -> LedgerPostingResult?
  {
    let result = try await transaction.query(
      """
      SELECT user_id = \(user.uuid) AS same_user, kind, requested_ms, available_delta_ms, held_delta_ms, owed_delta_ms,
        available_after_ms, held_after_ms, coalesce(owed_after_ms, 0) AS owed_after_ms, version
      FROM ledger WHERE reference = \(entry.reference)
      """)
    guard let row = result.rows.first else { return nil }
    var differences: Set<DifferingPostingField> = []
    if try !row.get("same_user", as: Bool.self) { differences.insert(.user) }
    if try row.get("kind", as: String.self) != entry.kind.rawValue { differences.insert(.kind) }
    if try row.get("requested_ms", as: Int64.self) != entry.requested.milliseconds { differences.insert(.amount) }
    guard differences.isEmpty else { throw LedgerError.differs(reference: entry.reference, in: differences) }
    return try posting(entry.reference, row)
  }

  /// Writes the entry, the wallet's row, the events and the hold, if one is made, in one statement. A new hold renews
  /// the expiry of the other holds of its purpose. If enough is left again after the entry, the ledger is read before.
  func write(
    _ change: Wallet.Change, _ entry: Entry, _ locked: inout LockedWallet, hold: NewHold? = nil,
    _ transaction: PostgresTransaction
  ) async throws -> LedgerPostingResult {
    locked.version += 1
    let wallet = locked.wallet
    let event = WalletChanged(
      userID: locked.user, version: locked.version, available: wallet.available, frozen: locked.isFrozen)
    let crossing = try await Self.crossing(change, entry.kind, locked, in: transaction)
    try await transaction.query(
      """
      WITH entry AS (
        INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms, owed_delta_ms,
          available_after_ms, held_after_ms, owed_after_ms, version, cause, reason)
        VALUES (\(locked.user.uuid), \(entry.kind.rawValue), \(entry.reference), \(entry.requested.milliseconds),
          \(change.available.milliseconds), \(change.held.milliseconds), \(change.owed.milliseconds),
          \(wallet.available.milliseconds), \(wallet.held.milliseconds), \(wallet.owed.milliseconds),
          \(locked.version), \(entry.cause.text), \(entry.reason))),
      told AS (
        INSERT INTO outbox (source, context, type, subject, data)
        VALUES (\(outbox.source), \(WalletChanged.context.rawValue), \(WalletChanged.type), \(event.subject),
          \(try PostgresOutbox.data(of: event)))),
      crossed AS (
        INSERT INTO outbox (source, context, type, subject, data)
        SELECT \(outbox.source), \(BoundedContext.talk.rawValue), \(crossing?.type), \(event.subject), \(crossing?.data)
        WHERE \(crossing?.type) IS NOT NULL),
      others AS (
        UPDATE holds SET expires_at = clock_timestamp() + \(hold?.life) * interval '1 millisecond'
        WHERE purpose = \(hold?.purpose) AND closed_at IS NULL),
      held AS (
        INSERT INTO holds (reference, user_id, purpose, amount_ms, cumulative_ms, is_final, expires_at)
        SELECT \(entry.reference), \(locked.user.uuid), \(hold?.purpose), \(hold?.amount.milliseconds),
          \(hold?.cumulative.milliseconds), \(wallet.available == .zero),
          coalesce(clock_timestamp() + \(hold?.life) * interval '1 millisecond', 'infinity')
        WHERE \(hold?.purpose) IS NOT NULL)
      UPDATE wallets SET available_ms = \(wallet.available.milliseconds), held_ms = \(wallet.held.milliseconds),
        owed_ms = \(wallet.owed.milliseconds), version = \(locked.version) WHERE user_id = \(locked.user.uuid)
      """)
    // The caller that requested a talk's slice records it itself. No reader waits for the event, so that the relay's
    // next poll publishes it.
    if hold?.life == nil { outbox.wake(after: transaction) }
    return LedgerPostingResult(
      reference: entry.reference, change: change, wallet: wallet, version: locked.version, isRepeat: false)
  }

  /// The event of an entry after which little talk time is left, or enough again.
  private static func crossing(
    _ change: Wallet.Change, _ kind: LedgerEntryKind, _ locked: LockedWallet, in transaction: PostgresTransaction
  ) async throws -> (type: String, data: String)? {
    let after = locked.wallet.balance
    let before = after - (change.available + change.held)
    if let low = TalkTimeLow(of: locked.user, before: before, after: after, version: locked.version) {
      return (TalkTimeLow.type, try PostgresOutbox.data(of: low))
    }
    guard
      var recovered = TalkTimeNoLongerLow(
        of: locked.user, before: locked.version > 1 ? before : nil, after: after, by: kind)
    else { return nil }
    recovered.lowVersion = try await lastLow(locked.user, in: transaction)
    return (TalkTimeNoLongerLow.type, try PostgresOutbox.data(of: recovered))
  }

  /// How many of the newest entries are looked through for the one that made the balance low. Between it and the
  /// recovery there are only the few that a low balance allows.
  private static let entriesSinceLow = 200

  /// The wallet's version with the last entry that made the balance low; nil if none of the newest entries did.
  private static func lastLow(_ user: UserID, in transaction: PostgresTransaction) async throws -> Int64? {
    let result = try await transaction.query(
      """
      SELECT version, available_after_ms + held_after_ms AS after_ms, available_delta_ms + held_delta_ms AS change_ms
      FROM ledger WHERE user_id = \(user.uuid) ORDER BY id DESC LIMIT \(entriesSinceLow)
      """)
    for row in result.rows {
      let after = TalkTime.milliseconds(try row.get("after_ms"))
      let before = after - .milliseconds(try row.get("change_ms"))
      let version: Int64 = try row.get("version")
      if TalkTimeLow(of: user, before: before, after: after, version: version) != nil { return version }
    }
    return nil
  }

  private func posting(_ reference: String, _ row: PostgresRow) throws -> LedgerPostingResult {
    guard
      let wallet = Wallet(
        available: .milliseconds(try row.get("available_after_ms")), held: .milliseconds(try row.get("held_after_ms")),
        owed: .milliseconds(try row.get("owed_after_ms")))
    else { throw LedgerError.corrupt }
    let change = Wallet.Change(
      available: .milliseconds(try row.get("available_delta_ms")), held: .milliseconds(try row.get("held_delta_ms")),
      owed: .milliseconds(try row.get("owed_delta_ms")))
    return LedgerPostingResult(
      reference: reference, change: change, wallet: wallet, version: try row.get("version"), isRepeat: true)
  }

  private func locked(_ user: UserID, _ row: PostgresRow) throws -> LockedWallet {
    guard
      let wallet = Wallet(
        available: .milliseconds(try row.get("available_ms")), held: .milliseconds(try row.get("held_ms")),
        owed: .milliseconds(try row.get("owed_ms")))
    else { throw LedgerError.corrupt }
    return LockedWallet(user: user, wallet: wallet, version: try row.get("version"), isFrozen: try row.get("frozen"))
  }
}
