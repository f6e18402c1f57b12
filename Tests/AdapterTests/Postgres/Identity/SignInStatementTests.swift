import Application
import Domain
import Fakes
import Foundation
import Logging
import PostgresDriver
import Synchronization
import Testing

@testable import PostgresAdapter

@Suite("What a wrong password costs in Postgres", .serialized)
struct SignInStatementTests {
  @Test("the same statements are sent for a known and for an unknown address, from the first attempt to the locked")
  func alike() async throws {
    try await withMigratedDatabase { database in
      let heard = Heard()
      var configuration = PostgresConfiguration(url: database.url, applicationName: "tests", maximumConnections: 2)
      configuration.observer = { query in heard.add(query.sql) }
      let pool = try PostgresPool(configuration: configuration, logger: Logger(label: "tests"))
      defer { pool.close() }
      let accounts = PostgresAccountRepository(database: pool)
      let tokens = FakeTokens()
      let issue = IssueTokens(
        devices: PostgresDeviceRepository(database: pool, copy: RecordedRevocations()),
        challenges: PostgresSignInChallengeRepository(database: pool), signer: tokens, refreshTokens: tokens,
        hashes: tokens, clock: FakeClock(), random: FakeRandom())
      let signIn = SignIn(
        accounts: accounts, passwords: FakePasswords(),
        limit: LimitPasswordAttempts(
          attempts: PostgresPasswordAttemptRepository(database: pool), knownDevices: FakeKnownDevices(),
          links: PostgresMailedAccountLinkRepository(database: pool), policy: .production), issue: issue)
      let known = try #require(EmailAddress("asha@example.com"))
      let unknown = try #require(EmailAddress("nobody@example.com"))
      _ = try await accounts.create(
        NewAccount(
          email: known, name: nil, passwordHash: "hash of correct horse", googleSubject: nil, emailVerified: true))
      // Ten are compared and two have to wait, ten times; the last of these, and what follows, is locked.
      for number in 0..<122 {
        if number.isMultiple(of: 12) {
          try await database.pool.query("UPDATE password_attempts SET all_back_at = now()")
        }
        var sent: [[String]] = []
        for address in [known, unknown] {
          _ = heard.take()
          await #expect(throws: IdentityError.self) {
            _ = try await signIn(email: address, password: "wrong horse", userAgent: nil)
          }
          sent.append(heard.take())
        }
        #expect(!sent[0].isEmpty && sent[0] == sent[1], "attempt \(number)")
      }
    }
  }

  @Test("the account's statement runs the same nodes, and gives one row, for a known and for an unknown address")
  func sameWork() async throws {
    try await withMigratedDatabase { database in
      let accounts = PostgresAccountRepository(database: database.pool)
      let known = try #require(EmailAddress("asha@example.com"))
      let unknown = try #require(EmailAddress("nobody@example.com"))
      _ = try await accounts.create(
        NewAccount(email: known, name: nil, passwordHash: "hash", googleSubject: nil, emailVerified: true))
      var loops: [[String]] = []
      for address in [known, unknown] {
        let statement = PostgresAccountRepository.lookUp(address)
        #expect(try await database.pool.query(statement).rows.count == 1)
        let plan = try await database.pool.query(statement.explained).rows.map {
          try $0.get("QUERY PLAN", as: String.self)
        }
        // How often each node ran. `never executed` has no loops.
        loops.append(plan.flatMap { $0.matches(of: #/loops=\d+|never executed/#).map { String($0.output) } })
      }
      #expect(loops[0].count > 3 && loops[0] == loops[1])
      #expect(try await accounts.account(email: unknown) == nil)
    }
  }
}

private final class Heard: Sendable {
  private let statements = Mutex<[String]>([])
  func add(_ sql: String) { statements.withLock { $0.append(sql) } }
  /// What was heard since the last call.
  func take() -> [String] {
    statements.withLock { all in
      defer { all = [] }
      return all
    }
  }
}
