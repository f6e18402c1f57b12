import Domain
import PostgresDriver

/// The lock by which the deletion of an account and the credit of a payment wait for each other. A payment is therefore
/// in the wallet before the deletion looks at it, or finds the account deleted. The two services have no row in common
/// that both may lock.
enum AccountLock {
  /// Held until the transaction ends. Credits of one account do not wait for each other here.
  static func share(_ user: UserID, in transaction: PostgresTransaction) async throws {
    try await transaction.query("SELECT pg_advisory_xact_lock_shared(hashtextextended(\("account:\(user)"), 0))")
  }

  static func own(_ user: UserID, in transaction: PostgresTransaction) async throws {
    try await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended(\("account:\(user)"), 0))")
  }
}
