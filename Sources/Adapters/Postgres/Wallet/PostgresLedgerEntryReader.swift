import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The entries of one wallet, as an operator reads them.
public struct PostgresLedgerEntryReader: Sendable {
  public struct Entry: Sendable {
    public let at: Date
    public let kind: String
    public let change: Wallet.Change
    /// The available and held talk time after the entry.
    public let balance: TalkTime
    public let reference: String
    public let cause: String
    public let reason: String?
  }

  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  /// The oldest entries come first.
  /// - Parameters:
  ///   - moment: the time of the last entry at the latest, to the millisecond; nil for all entries.
  ///   - limit: the number of newest entries; nil for all.
  public func entries(of user: UserID, until moment: Date? = nil, limit: Int? = nil) async throws -> [Entry] {
    try await database.query(
      """
      SELECT created_at, kind, available_delta_ms, held_delta_ms, owed_delta_ms,
        available_after_ms + held_after_ms AS balance_ms, reference, cause, reason
      FROM ledger WHERE user_id = \(user.uuid)
        AND created_at < coalesce(\(moment?.nextMillisecond), 'infinity'::timestamptz)
      ORDER BY id DESC LIMIT \(limit)
      """
    ).rows.reversed().map { row in
      Entry(
        at: try row.get("created_at"), kind: try row.get("kind"),
        change: Wallet.Change(
          available: .milliseconds(try row.get("available_delta_ms")),
          held: .milliseconds(try row.get("held_delta_ms")), owed: .milliseconds(try row.get("owed_delta_ms"))),
        balance: .milliseconds(try row.get("balance_ms")), reference: try row.get("reference"),
        cause: try row.get("cause"), reason: try row.get("reason"))
    }
  }
}
