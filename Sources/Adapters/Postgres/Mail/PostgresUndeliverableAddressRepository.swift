import Application
import Domain
import PostgresDriver

/// Addresses to which no mail is sent, by the hash of their form for comparison.
public struct PostgresUndeliverableAddressRepository: UndeliverableAddressRepository {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func contains(_ address: EmailAddress) async throws -> Bool {
    try await database.query(
      """
      SELECT 1 AS one FROM undeliverable_addresses
      WHERE address_hash = sha256(convert_to(\(address.canonical), 'UTF8'))
      """
    ).rows.isEmpty == false
  }

  public func add(_ address: EmailAddress, because cause: UndeliverableCause) async throws {
    try await database.query(
      """
      INSERT INTO undeliverable_addresses (address_hash, cause)
      VALUES (sha256(convert_to(\(address.canonical), 'UTF8')), \(cause.rawValue))
      ON CONFLICT (address_hash) DO UPDATE SET cause = excluded.cause, reported_at = clock_timestamp()
      """)
  }
}
