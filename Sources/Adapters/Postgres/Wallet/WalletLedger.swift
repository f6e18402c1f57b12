import Domain
import PostgresDriver

/// A wallet under its row's lock.
public struct LockedWallet: Sendable {
  public let user: UserID
  public internal(set) var wallet: Wallet
  public internal(set) var version: Int64
  public internal(set) var isFrozen: Bool
}

public enum EntryKind: String, Sendable {
  case purchase, grant, opening, hold, settlement, refund, release, adjustment
}

public enum LedgerError: Error, Sendable, Equatable {
  /// The reference was used with another amount.
  case differs(reference: String)
  /// A row that no history of a wallet leads to.
  case corrupt
}

/// The statements that touch wallets and ledger; there are no others. Each write is an entry, the wallet's row and
/// `wallet.changed`, in the caller's transaction.
public struct WalletLedger: Sendable {
  private let outbox: PostgresOutbox

  public init(outbox: PostgresOutbox) { self.outbox = outbox }

  /// The wallet as it is; an empty one for a user who has none yet.
  public func read(_ user: UserID, in session: some PostgresSession) async throws -> LockedWallet {
    let result = try await session.query(
      "SELECT available_ms, held_ms, owed_ms, version, frozen FROM wallets WHERE user_id = \(user.uuid)")
    guard let row = result.rows.first else {
      return LockedWallet(user: user, wallet: .empty, version: 0, isFrozen: false)
    }
    return try wallet(user, row)
  }

  /// Takes the wallet's lock until the transaction ends; the row is made with the first use.
  public func lock(_ user: UserID, in transaction: PostgresTransaction) async throws -> LockedWallet {
    for _ in 0..<2 {
      let result = try await transaction.query(
        """
        SELECT available_ms, held_ms, owed_ms, version, frozen FROM wallets WHERE user_id = \(user.uuid) FOR UPDATE
        """)
      if let row = result.rows.first { return try wallet(user, row) }
      try await transaction.query("INSERT INTO wallets (user_id) VALUES (\(user.uuid)) ON CONFLICT DO NOTHING")
    }
    throw LedgerError.corrupt
  }

  /// Whether an entry with this reference stands, with the same amount.
  /// - Throws: `differs` where it stands with another.
  public func stands(_ reference: String, amount: TalkTime, in transaction: PostgresTransaction) async throws -> Bool {
    let result = try await transaction.query("SELECT requested_ms FROM ledger WHERE reference = \(reference)")
    guard let row = result.rows.first else { return false }
    guard try row.get("requested_ms", as: Int64.self) == amount.milliseconds else {
      throw LedgerError.differs(reference: reference)
    }
    return true
  }

  /// Credits the wallet once.
  /// - Returns: false where this reference was credited before.
  @discardableResult
  public func credit(
    _ time: TalkTime, kind: EntryKind, reference: String, cause: String, to locked: inout LockedWallet,
    in transaction: PostgresTransaction
  ) async throws -> Bool {
    if try await stands(reference, amount: time, in: transaction) { return false }
    let change = locked.wallet.credit(time)
    try await write(
      change, Entry(kind: kind, reference: reference, requested: time, cause: cause), &locked, transaction)
    return true
  }

  struct Entry {
    let kind: EntryKind
    let reference: String
    let requested: TalkTime
    let cause: String
  }

  /// The entry, the row and the event.
  func write(
    _ change: Wallet.Change, _ entry: Entry, _ locked: inout LockedWallet, _ transaction: PostgresTransaction
  ) async throws {
    locked.version += 1
    let wallet = locked.wallet
    try await transaction.query(
      """
      WITH entry AS (
        INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms, owed_delta_ms,
          available_after_ms, held_after_ms, version, cause)
        VALUES (\(locked.user.uuid), \(entry.kind.rawValue), \(entry.reference), \(entry.requested.milliseconds),
          \(change.available.milliseconds), \(change.held.milliseconds), \(change.owed.milliseconds),
          \(wallet.available.milliseconds), \(wallet.held.milliseconds), \(locked.version), \(entry.cause)))
      UPDATE wallets SET available_ms = \(wallet.available.milliseconds), held_ms = \(wallet.held.milliseconds),
        owed_ms = \(wallet.owed.milliseconds), version = \(locked.version) WHERE user_id = \(locked.user.uuid)
      """)
    try await outbox.append(
      WalletChanged(
        userID: locked.user, version: locked.version, available: wallet.available, frozen: locked.isFrozen),
      in: transaction)
  }

  private func wallet(_ user: UserID, _ row: PostgresRow) throws -> LockedWallet {
    guard
      let wallet = Wallet(
        available: .milliseconds(try row.get("available_ms")), held: .milliseconds(try row.get("held_ms")),
        owed: .milliseconds(try row.get("owed_ms")))
    else { throw LedgerError.corrupt }
    return LockedWallet(user: user, wallet: wallet, version: try row.get("version"), isFrozen: try row.get("frozen"))
  }
}
