import Application
import Domain
import PostgresDriver

/// Reads what auth wrote, so that a consent counts at once, and while no auth instance runs.
public struct PostgresConsentReader: ConsentReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func hasConsented(_ user: UserID, to version: ConsentVersion) async throws(TalkLedgerError) -> Bool {
    try await TalkLedgerError.reporting {
      try await !database.query(
        "SELECT 1 AS one FROM consents WHERE user_id = \(user.uuid) AND version = \(version.text)"
      ).rows.isEmpty
    }
  }
}
