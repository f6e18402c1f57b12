import Application
import Domain
import FoundationEssentials
import PostgresDriver

public struct PostgresAccountExportReader: AccountExportReader {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func export(of user: UserID) async throws(IdentityError) -> AccountExport? {
    try await reporting {
      try await database.transaction(isolation: .repeatableRead) { transaction -> AccountExport? in
        let found = try await transaction.query(
          """
          SELECT \(PostgresAccountRepository.columns), google_linked_at, email_verified_at, last_login,
            care_plan_mail,
            (SELECT f.confirmed_at FROM totp_factors f WHERE f.user_id = users.id) AS second_factor_since
          FROM users
          WHERE id = \(user.uuid) AND address_problem IS NULL
          """)
        guard let row = found.rows.first else { return nil }
        return AccountExport(
          account: try PostgresAccountRepository.account(row), googleSubject: try row.get("google_sub"),
          googleLinkedAt: try row.get("google_linked_at"), emailVerifiedAt: try row.get("email_verified_at"),
          lastSignIn: try row.get("last_login"),
          devices: try await devices(of: user, transaction), links: try await links(of: user, transaction),
          consents: try await consents(of: user, transaction),
          passkeys: try await PostgresPasskeyRepository.passkeys(of: user, in: transaction),
          secondFactorSince: try row.get("second_factor_since"),
          carePlanMail: try row.get("care_plan_mail", as: String?.self).flatMap(CarePlanMailKind.init(rawValue:)),
          events: try await PostgresSecurityTrailReader.events(
            of: user, before: nil, limit: AccountExport.mostEvents, in: transaction))
      }
    }
  }

  private func devices(
    of user: UserID, _ transaction: PostgresTransaction
  ) async throws -> [AccountExport.Device] {
    try await transaction.query(
      """
      SELECT id, user_agent, network, methods, created_at, coalesce(rotated_at, created_at) AS last_used_at, expires_at,
        ended_at, ended_cause
      FROM devices WHERE user_id = \(user.uuid) ORDER BY created_at DESC, id
      """
    ).rows.map { row in
      AccountExport.Device(
        id: DeviceID(try row.get("id")), userAgent: try row.get("user_agent"), network: try row.get("network"),
        methods: try row.get("methods", as: String.self).split(separator: " ").map(String.init),
        createdAt: try row.get("created_at"), lastUsedAt: try row.get("last_used_at"),
        expiresAt: try row.get("expires_at"), endedAt: try row.get("ended_at"), endedCause: try row.get("ended_cause"))
    }
  }

  private func links(
    of user: UserID, _ transaction: PostgresTransaction
  ) async throws -> [AccountExport.MailedLink] {
    try await transaction.query(
      """
      SELECT purpose, email, new_email, requested_at, expires_at, used_at FROM account_links
      WHERE user_id = \(user.uuid) ORDER BY requested_at DESC, id
      """
    ).rows.map { row in
      AccountExport.MailedLink(
        purpose: try row.get("purpose"), email: try row.get("email"), newEmail: try row.get("new_email"),
        requestedAt: try row.get("requested_at"), expiresAt: try row.get("expires_at"), usedAt: try row.get("used_at"))
    }
  }

  private func consents(
    of user: UserID, _ transaction: PostgresTransaction
  ) async throws -> [GivenConsent] {
    try await transaction.query(
      "SELECT version, given_at FROM consents WHERE user_id = \(user.uuid) ORDER BY given_at DESC, version"
    ).rows.map { GivenConsent(version: try $0.get("version"), givenAt: try $0.get("given_at")) }
  }
}
