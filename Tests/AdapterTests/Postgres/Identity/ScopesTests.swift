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
      try await pool.query("INSERT INTO users (email) VALUES ('Asha@example.com')")
      let user = try #require(try await UserDirectory(database: pool).users(named: "asha@EXAMPLE.com").first)
      #expect(try await UserDirectory(database: pool).users(named: user.description) == [user])
      #expect(try await UserDirectory(database: pool).users(named: "nobody@example.com") == [])
      let scopes = PostgresUserScopeAdministration(database: pool)
      #expect(try await scopes.change(.revoke, .operator, of: user, actor: "cli:me") == false)
      #expect(try await scopes.change(.grant, .operator, of: user, actor: "cli:me"))
      #expect(try await scopes.change(.grant, .operator, of: user, actor: "cli:me") == false)
      #expect(try await PostgresAccountRepository(database: pool).account(user)?.scope == ["operator"])
      #expect(try await pool.count("revocations") == 0)
      #expect(try await scopes.change(.revoke, .operator, of: user, actor: "cli:me"))
      #expect(try await PostgresAccountRepository(database: pool).account(user)?.scope == [])
      #expect(try await pool.count("revocations WHERE device_id IS NULL") == 1)
      #expect(try await pool.count("operator_actions") == 2)
      #expect(try await scopes.change(.grant, .operator, of: UserID(UUID()), actor: "cli:me") == false)
    }
  }
}
