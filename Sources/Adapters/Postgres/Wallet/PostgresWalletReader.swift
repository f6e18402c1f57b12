import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// A user's balance now and earlier, and the entries that led to it.
public struct PostgresWalletReader: WalletReader {
  private let database: PostgresPool
  private let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))

  public init(database: PostgresPool) { self.database = database }

  public func balance(of user: UserID) async throws(BillingError) -> FreezableWallet {
    try await billing {
      let found = try await ledger.read(user, in: database)
      return FreezableWallet(wallet: found.wallet, isFrozen: found.isFrozen)
    }
  }

  /// If the last entry is older than `owed_after_ms`, the entries up to it are summed up instead.
  public func balance(of user: UserID, at moment: Date) async throws(BillingError) -> FreezableWallet {
    let end = moment.nextMillisecond
    return try await billing {
      let found = try await database.query(
        """
        SELECT coalesce(available_after_ms, 0) AS available_ms, coalesce(held_after_ms, 0) AS held_ms,
          coalesce(owed_after_ms, (
            SELECT sum(owed_delta_ms)::bigint FROM ledger WHERE user_id = \(user.uuid) AND version <= last.version), 0)
            AS owed_ms,
          EXISTS (
            SELECT FROM wallet_freezes WHERE user_id = \(user.uuid) AND frozen_at < \(end)
              AND coalesce(thawed_at, 'infinity') >= \(end)) AS frozen
        FROM (SELECT) one LEFT JOIN LATERAL (
          SELECT available_after_ms, held_after_ms, owed_after_ms, version FROM ledger
          WHERE user_id = \(user.uuid) AND created_at < \(end) ORDER BY id DESC LIMIT 1) last ON true
        """)
      guard let row = found.rows.first,
        let wallet = Wallet(
          available: .milliseconds(try row.get("available_ms")), held: .milliseconds(try row.get("held_ms")),
          owed: .milliseconds(try row.get("owed_ms")))
      else { throw LedgerError.corrupt }
      return FreezableWallet(wallet: wallet, isFrozen: try row.get("frozen"))
    }
  }

  /// A wallet's entries are written one after the other under its lock. Their ids therefore have the order of their
  /// commits, and a later entry never appears on a page after a cursor.
  public func ledger(
    of user: UserID, limit: Int, after: Int64?, includeHolds: Bool
  ) async throws(BillingError) -> (items: [LedgerLine], next: Int64?) {
    let lines: [LedgerLine] = try await billing {
      try await database.query(
        """
        SELECT \(LedgerLine.columns) FROM ledger
        WHERE user_id = \(user.uuid) AND id < \(after ?? .max) AND (\(includeHolds) OR kind NOT IN ('hold', 'release'))
        ORDER BY id DESC LIMIT \(limit + 1)
        """
      ).rows.map { try LedgerLine($0) }
    }
    let page = Array(lines.prefix(limit))
    return (page, lines.count > limit ? page.last?.id : nil)
  }
}

extension LedgerLine {
  static let columns: PostgresColumnList = """
    id, kind, available_delta_ms + held_delta_ms AS amount_ms, owed_delta_ms,
    available_after_ms + held_after_ms AS after_ms, reference, created_at
    """

  /// - Parameter row: a row of `ledger` with the columns above.
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.get("id"), kind: try row.get("kind"), amount: .milliseconds(try row.get("amount_ms")),
      owedChange: .milliseconds(try row.get("owed_delta_ms")), balanceAfter: .milliseconds(try row.get("after_ms")),
      reference: try row.get("reference"), createdAt: try row.get("created_at"))
  }
}
