import Application
import FoundationEssentials
import PostgresDriver

public struct PostgresUsedCredentialStore: UsedCredentialStore {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func isUsed(_ digest: [UInt8]) async throws(IdentityError) -> Bool {
    try await reporting {
      try await !database.query("SELECT 1 AS one FROM used_credentials WHERE digest = \(digest)").rows.isEmpty
    }
  }

  public func use(_ digest: [UInt8], expiry: Date) async throws(IdentityError) -> Bool {
    try await reporting {
      try await database.query(
        """
        INSERT INTO used_credentials (digest, expires_at) VALUES (\(digest), \(expiry)) ON CONFLICT DO NOTHING
        """
      ).affectedRows == 1
    }
  }
}
