import Foundation
import Logging
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite(
  "Postgres over TLS, and roles of a whole server", .serialized,
  .enabled(if: PrivatePostgres.binaries != nil, "the server's own binaries are needed"))
struct TLSTests {
  private func ask(_ url: String) async throws -> PostgresRow? {
    let pool = try TestDatabase.pool(url, 1)
    defer { pool.close() }
    return try await pool.query(
      "SELECT ssl, version, current_user::text AS user FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    ).rows.first
  }

  private func refusal(_ url: String) async throws -> String? {
    let error = await #expect(throws: PostgresError.self) { try await ask(url) }
    #expect(error?.kind == .unavailable)
    return error?.message
  }

  @Test("verify-full accepts a certificate of the right authority for the right name, and no other")
  func verification() async throws {
    try await PrivatePostgres.with { server in
      let row = try await ask(try server.url())
      #expect(try row?.get("ssl", as: Bool.self) == true)
      #expect(try row?.get("version", as: String.self).hasPrefix("TLSv1.") == true)
      let foreign = try await refusal(try server.url(authority: server.otherAuthority))
      #expect(foreign?.contains("certificate verify failed") == true)
      let misnamed = try await refusal(try server.url(host: "127.0.0.1"))
      #expect(misnamed?.contains("does not match host name") == true)
      // The same address is accepted if the name is not checked.
      #expect(try await ask(try server.url(host: "127.0.0.1", mode: "verify-ca")) != nil)
      let plain = try await refusal(try server.url(mode: "disable"))
      #expect(plain?.contains("no encryption") == true)
      let wrong = try await refusal(try server.url(password: "guessed"))
      #expect(wrong?.contains("password authentication failed") == true)
    }
  }

  @Test("after migrate the services' roles sign in with their password, and the API's roles have no rights")
  func roles() async throws {
    try await PrivatePostgres.with { server in
      let owner = try TestDatabase.pool(try server.url(), 2)
      defer { owner.close() }
      // As on Supabase, where rights on every new table are granted to other roles.
      try await owner.query(
        PostgresQuery(
          script: """
            CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated;
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated;
            """))
      let migrator = Migrator(pool: owner)
      let files = try TestDatabase.migrations().compactMap { Migration(file: $0.name, sql: $0.sql) }
      #expect(try await migrator.apply(files).count == files.count)

      let password = "o'clock \\ \"sharp\""
      for role in ServiceRole.allCases {
        _ = try await refusal(try server.url(user: role.name, password: password))
      }
      try await migrator.setPasswords(password)
      for role in ServiceRole.allCases {
        let row = try await ask(try server.url(user: role.name, password: password))
        #expect(try row?.get("user", as: String.self) == role.name)
      }

      let given = try await owner.query(
        """
        SELECT c.relname || ' ' || r.rolname AS what FROM pg_class c, pg_roles r
        WHERE c.relnamespace = 'public'::regnamespace AND r.rolname IN ('anon', 'authenticated')
          AND CASE c.relkind
            WHEN 'r' THEN has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
            WHEN 'S' THEN has_sequence_privilege(r.oid, c.oid, 'USAGE, SELECT, UPDATE') END
        """)
      #expect(try given.rows.map { try $0.get("what", as: String.self) } == [])
    }
  }
}
