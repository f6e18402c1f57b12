import Application
import Domain
import PostgresDriver

public struct PostgresConsentRepository: ConsentRepository {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func give(_ version: ConsentVersion, by user: UserID) async throws(IdentityError) {
    try await reporting {
      let given = try await database.query(
        """
        WITH account AS (SELECT id FROM users WHERE id = \(user.uuid) AND address_problem IS NULL FOR SHARE),
        given AS (
          INSERT INTO consents (user_id, version) SELECT id, \(version.text) FROM account ON CONFLICT DO NOTHING)
        SELECT 1 AS one FROM account
        """)
      if given.rows.isEmpty { throw IdentityError.accountGone }
    }
  }
}
