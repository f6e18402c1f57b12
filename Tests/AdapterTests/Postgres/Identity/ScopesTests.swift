import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Scopes in Postgres")
struct ScopesTests {
  @Test("scopes are granted and revoked once each and recorded, and a revocation ends the tokens with the scope")
  func scopes() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      try await pool.query(
        """
        INSERT INTO users (email, email_verified_at) VALUES ('Asha@example.com', now()), ('ravi@example.com', NULL)
        """)
      let user = try #require(try await UserDirectory(database: pool).users(named: "asha@EXAMPLE.com").first)
      #expect(try await UserDirectory(database: pool).users(named: user.description) == [user])
      #expect(try await UserDirectory(database: pool).users(named: "nobody@example.com") == [])
      let scopes = PostgresUserScopeAdministration(database: pool)
      #expect(try await scopes.revoke(.operator, from: user, by: "cli:me") == false)
      #expect(try await scopes.holders(of: .operator) == [])
      #expect(try await scopes.grant(.operator, to: user, by: "cli:me") == .done)
      #expect(try await scopes.grant(.operator, to: user, by: "cli:me") == .unchanged)
      #expect(try await scopes.holders(of: .operator).map(\.role) == [.admin])
      #expect(try await PostgresAccountRepository(database: pool).account(user)?.operatorRole == .admin)
      let holders = try await scopes.holders(of: .operator)
      #expect(holders.map(\.user) == [user] && holders.map(\.email) == ["Asha@example.com"])
      #expect(holders.map(\.hasAuthenticatorApp) == [false])
      #expect(try await PostgresAccountRepository(database: pool).account(user)?.scope == ["operator"])
      // As a release writes it that knows no roles.
      try await pool.query("UPDATE users SET operator_role = NULL WHERE id = \(user.uuid)")
      #expect(try await PostgresAccountRepository(database: pool).account(user)?.operatorRole == .admin)
      #expect(try await pool.count("revocations") == 0)
      #expect(try await scopes.revoke(.operator, from: user, by: "cli:me"))
      #expect(try await PostgresAccountRepository(database: pool).account(user)?.scope == [])
      #expect(try await pool.count("revocations WHERE device_id IS NULL") == 1)
      #expect(try await pool.count("operator_actions") == 2)
      #expect(try await scopes.grant(.operator, to: UserID(UUID()), by: "cli:me") == .unchanged)
      #expect(try await PostgresAccountRepository(database: pool).account(user)?.operatorRole == nil)
      // Another role ends the tokens with the old one.
      #expect(try await scopes.grant(.operator, role: .finance, to: user, by: "cli:me") == .done)
      #expect(try await pool.count("revocations WHERE device_id IS NULL") == 1)
      #expect(try await scopes.grant(.operator, role: .finance, to: user, by: "cli:me") == .unchanged)
      #expect(try await scopes.grant(.operator, to: user, by: "cli:me") == .unchanged)
      #expect(try await scopes.grant(.operator, role: .support, to: user, by: "cli:me") == .done)
      #expect(try await scopes.holders(of: .operator).map(\.role) == [.support])
      #expect(try await pool.count("revocations WHERE device_id IS NULL") == 2)
      let unproven = try #require(try await UserDirectory(database: pool).users(named: "ravi@example.com").first)
      #expect(try await scopes.grant(.operator, to: unproven, by: "cli:me") == .addressUnproven)
      #expect(try await PostgresAccountRepository(database: pool).account(unproven)?.scope == [])
    }
  }
}
