import Application
import Domain
import PostgresDriver

/// Whether an account may talk.
public struct PostgresAccountStatusReader: AccountStatusReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func isDisabled(_ user: UserID) async throws(TalkLedgerError) -> Bool {
    try await TalkLedgerError.reporting { try await Self.isDisabled(user, database) }
  }

  static func isDisabled(_ user: UserID, _ session: some PostgresStatementRunner) async throws -> Bool {
    let found = try await session.query(
      "SELECT 1 AS disabled FROM users WHERE id = \(user.uuid) AND disabled_at IS NOT NULL")
    return !found.rows.isEmpty
  }
}
