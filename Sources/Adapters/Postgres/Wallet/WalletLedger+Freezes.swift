import Domain
import PostgresDriver

extension WalletLedger {
  /// Freezes the wallet: no talk starts or goes on with it, but it still accepts credits.
  public func freeze(
    _ locked: inout LockedWallet, cause: FreezeCause, reason: String, in transaction: PostgresTransaction
  ) async throws {
    let made = try await transaction.query(
      """
      INSERT INTO wallet_freezes (user_id, cause, reason) VALUES (\(locked.user.uuid), \(cause.text), \(reason))
      ON CONFLICT DO NOTHING
      """)
    guard made.affectedRows == 1 else { return }
    try await mark(&locked, frozen: true, in: transaction)
  }

  public func thaw(
    _ locked: inout LockedWallet, cause: FreezeCause, in transaction: PostgresTransaction
  ) async throws {
    try await transaction.query(
      """
      UPDATE wallet_freezes SET thawed_at = clock_timestamp()
      WHERE user_id = \(locked.user.uuid) AND cause = \(cause.text) AND thawed_at IS NULL
      """)
    let standing = try await transaction.query(
      "SELECT 1 AS one FROM wallet_freezes WHERE user_id = \(locked.user.uuid) AND thawed_at IS NULL LIMIT 1")
    try await mark(&locked, frozen: !standing.rows.isEmpty, in: transaction)
  }

  /// Writes no entry, since no talk time moves. The version rises, so that a live talk accepts the change.
  private func mark(
    _ locked: inout LockedWallet, frozen: Bool, in transaction: PostgresTransaction
  ) async throws {
    guard locked.isFrozen != frozen else { return }
    locked.isFrozen = frozen
    locked.version += 1
    try await transaction.query(
      """
      UPDATE wallets SET frozen = \(frozen), version = \(locked.version) WHERE user_id = \(locked.user.uuid)
      """)
    try await outbox.append(
      WalletChanged(
        userID: locked.user, version: locked.version, available: locked.wallet.available, frozen: frozen),
      in: transaction)
  }
}
