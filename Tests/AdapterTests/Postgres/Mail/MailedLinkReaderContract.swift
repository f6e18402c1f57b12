import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Links for their mails, and their time when these are sent", .serialized)
struct MailedLinkReaderContract {
  private struct Store: Sendable {
    let reader: any MailedLinkReader
    let renewer: any MailedLinkRenewer
    let add: @Sendable (_ id: UUID, _ purpose: MailedAccountLinkPurpose) async throws -> Void
    let use, withdraw, makeNeedless: @Sendable (UUID) async throws -> Void
    let now: @Sendable () async throws -> Date
    let advance: @Sendable (Duration) async throws -> Void

    func renew(
      _ id: UUID, _ purpose: MailedAccountLinkPurpose, mayBeThere: Bool = false
    ) async throws -> MailedLinkTime {
      try await renewer.renew(
        id.uuidString.lowercased(), of: MailedLinkReaderContract.user, for: purpose, mayBeThere: mayBeThere)
    }

    /// The time that is left; nil for a link that is over or closed.
    func left(
      _ id: UUID, _ purpose: MailedAccountLinkPurpose, mayBeThere: Bool = false
    ) async throws -> TimeInterval? {
      guard case .until(let expires) = try await renew(id, purpose, mayBeThere: mayBeThere) else { return nil }
      #expect(expires.timeIntervalSince1970 == expires.timeIntervalSince1970.rounded())
      return expires.timeIntervalSince(try await now())
    }
  }

  private static let user = UserID(UUID())
  private static let (old, new) = ("asha@example.com", "new@example.com")

  private func with(_ kind: TaskStoreKind, _ body: @Sendable (Store) async throws -> Void) async throws {
    switch kind {
    case .memory:
      let clock = FakeClock()
      let links = InMemoryMailedLinks(clock: clock)
      try await body(
        Store(
          reader: links, renewer: links,
          add: { id, purpose in
            let address = try #require(EmailAddress(purpose == .changeEmail ? Self.new : Self.old))
            links.add(id, of: Self.user, MailedLink(purpose: purpose, address: address))
          },
          use: { links.use($0) }, withdraw: { links.withdraw($0) }, makeNeedless: { links.makeNeedless($0) },
          now: { clock.now() }, advance: { clock.advance($0) }))
    case .postgres:
      // By the role of the service, which may change nothing else of a link.
      try await RoleDatabase.with { roles async throws in
        try await roles.owner.query("INSERT INTO users (id, email) VALUES (\(Self.user.uuid), \(Self.old))")
        try await body(Self.inPostgres(roles.owner, roles[.task]))
      }
    }
  }

  private static func inPostgres(_ owner: PostgresPool, _ pool: PostgresPool) -> Store {
    Store(
      reader: PostgresMailedLinkReader(database: pool), renewer: PostgresMailedLinkRenewer(database: pool),
      add: { id, purpose in
        let isChange = [.changeEmail, .undoEmailChange].contains(purpose)
        try await owner.query(
          """
          INSERT INTO account_links (id, purpose, user_id, email, new_email, code_tries, expires_at)
          VALUES (\(id), \(purpose.rawValue), \(user.uuid), \(old), \(isChange ? new : nil), 5,
            date_trunc('second', clock_timestamp() + \(purpose.life.components.seconds) * interval '1 second'))
          """)
      },
      use: { try await owner.query("UPDATE account_links SET used_at = clock_timestamp() WHERE id = \($0)") },
      withdraw: { try await owner.query("DELETE FROM account_links WHERE id = \($0)") },
      makeNeedless: { _ in try await owner.query("UPDATE users SET email = 'third@example.com'") },
      now: { try await owner.query("SELECT clock_timestamp() AS now").rows.first?.get("now") ?? .distantPast },
      // The server's clock cannot be changed, so the rows are made older.
      advance: { duration in
        try await owner.query(
          """
          UPDATE account_links SET expires_at = expires_at - age, requested_at = requested_at - age
          FROM (SELECT \(duration.components.seconds) * interval '1 second' AS age) AS passed
          """)
      })
  }

  @Test(
    "a link is mailed to the new address for a change, and else to the one that it was made for",
    arguments: TaskStoreKind.allCases)
  func addresses(kind: TaskStoreKind) async throws {
    try await with(kind) { store in
      for purpose in MailedAccountLinkPurpose.allCases {
        let id = UUID()
        try await store.add(id, purpose)
        let link = try #require(try await store.reader.link(id.uuidString.lowercased(), of: Self.user))
        #expect(link.purpose == purpose && link.address.text == (purpose == .changeEmail ? Self.new : Self.old))
      }
    }
  }

  @Test("a link is not found for another user, nor without a row", arguments: TaskStoreKind.allCases)
  func unknown(kind: TaskStoreKind) async throws {
    try await with(kind) { store in
      let id = UUID()
      try await store.add(id, .resetPassword)
      for (id, user) in [(id.uuidString, UserID(UUID())), (UUID().uuidString, Self.user), ("not an id", Self.user)] {
        let found = try await store.reader.link(id, of: user)
        let time = try await store.renewer.renew(id, of: user, for: .resetPassword, mayBeThere: false)
        #expect(found == nil && time == .closed)
      }
      #expect(try await store.renew(id, .verifyEmail) == .closed)
    }
  }

  @Test("a link has its whole life again once less than half of it is left", arguments: TaskStoreKind.allCases)
  func renews(kind: TaskStoreKind) async throws {
    try await with(kind) { store in
      for purpose in MailedAccountLinkPurpose.allCases {
        let (id, life) = (UUID(), Double(purpose.life.components.seconds))
        try await store.add(id, purpose)
        let fresh = try #require(try await store.left(id, purpose))
        #expect(abs(fresh - life) < 30)
        try await store.advance(purpose.life / 2 - .seconds(40))
        let early = try #require(try await store.left(id, purpose))
        #expect(abs(early - life / 2) < 75)
        try await store.advance(.seconds(80))
        let there = try #require(try await store.left(id, purpose, mayBeThere: true))
        #expect(there < life / 2)
        let late = try #require(try await store.left(id, purpose))
        #expect(purpose == .undoEmailChange ? late < life / 2 : abs(late - life) < 30)
        try await store.withdraw(id)
      }
    }
  }

  @Test(
    "a verification that has expired works again for a week, and no other link",
    arguments: TaskStoreKind.allCases)
  func expired(kind: TaskStoreKind) async throws {
    try await with(kind) { store in
      for purpose in MailedAccountLinkPurpose.allCases {
        let (id, life) = (UUID(), purpose.life)
        try await store.add(id, purpose)
        try await store.advance(life + .seconds(2 * 3_600))
        guard purpose == .verifyEmail else {
          #expect(try await store.renew(id, purpose) == .over)
          continue
        }
        let renewed = try #require(try await store.left(id, purpose, mayBeThere: true))
        #expect(abs(renewed - Double(life.components.seconds)) < 30)
        try await store.advance(.seconds(6 * 86_400))
        #expect(try await store.renew(id, purpose) == .over)
      }
    }
  }

  @Test(
    "a link whose mail may be there has its whole life again once less than a tenth of it is left",
    arguments: TaskStoreKind.allCases)
  func doubtful(kind: TaskStoreKind) async throws {
    try await with(kind) { store in
      let (id, life) = (UUID(), Double(MailedAccountLinkPurpose.verifyEmail.life.components.seconds))
      try await store.add(id, .verifyEmail)
      try await store.advance(.seconds(21 * 3_600))
      let kept = try #require(try await store.left(id, .verifyEmail, mayBeThere: true))
      #expect(abs(kept - 3 * 3_600) < 30)
      try await store.advance(.seconds(3_600))
      let renewed = try #require(try await store.left(id, .verifyEmail, mayBeThere: true))
      #expect(abs(renewed - life) < 30)
    }
  }

  @Test("of two that renew a link at once both get the time that it has")
  func racing() async throws {
    try await withMigratedDatabase(connections: 8) { database in
      let pool = database.pool
      try await pool.query("INSERT INTO users (id, email) VALUES (\(Self.user.uuid), \(Self.old))")
      let (store, id) = (Self.inPostgres(pool, pool), UUID())
      try await store.add(id, .verifyEmail)
      for _ in 0..<20 {
        try await store.advance(.seconds(13 * 3_600))
        let times = try await withThrowingTaskGroup(of: MailedLinkTime.self) { group in
          for _ in 0..<8 { group.addTask { try await store.renew(id, .verifyEmail) } }
          return try await group.reduce(into: [MailedLinkTime]()) { $0.append($1) }
        }
        let row = try #require(try await pool.query("SELECT expires_at FROM account_links").rows.first)
        let expires = try row.get("expires_at", as: Date.self)
        #expect(times.allSatisfy { $0 == .until(expires) })
        // As if it had been asked for just now.
        try await pool.query("UPDATE account_links SET requested_at = clock_timestamp()")
      }
    }
  }

  @Test(
    "a link that nobody needs is not renewed: used, withdrawn, replaced, or of another address",
    arguments: TaskStoreKind.allCases)
  func needless(kind: TaskStoreKind) async throws {
    try await with(kind) { store in
      let (used, withdrawn, first, second) = (UUID(), UUID(), UUID(), UUID())
      for id in [used, withdrawn, first] { try await store.add(id, .verifyEmail) }
      try await store.use(used)
      try await store.withdraw(withdrawn)
      for id in [used, withdrawn] { #expect(try await store.renew(id, .verifyEmail) == .closed) }
      try await store.advance(.seconds(20 * 3_600))
      try await store.add(second, .verifyEmail)
      // It still works, for as long as it did.
      let left = try #require(try await store.left(first, .verifyEmail))
      #expect(abs(left - 4 * 3_600) < 30)
      // Nobody can do much with a link of two hours beside a newer one.
      try await store.advance(.seconds(2 * 3_600))
      #expect(try await store.renew(first, .verifyEmail) == .closed)
      try await store.advance(.seconds(4 * 3_600))
      #expect(try await store.renew(first, .verifyEmail) == .closed)
      #expect(try await store.left(second, .verifyEmail) != nil)
      try await store.makeNeedless(second)
      #expect(try await store.renew(second, .verifyEmail) == .closed)
    }
  }

  @Test("no link of a disabled account is mailed but an undoing, and each again when it is enabled")
  func disabled() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query("INSERT INTO users (id, email) VALUES (\(Self.user.uuid), \(Self.old))")
      let store = Self.inPostgres(roles.owner, roles[.task])
      for purpose in MailedAccountLinkPurpose.allCases {
        let id = UUID()
        try await store.add(id, purpose)
        try await roles.owner.query("UPDATE users SET disabled_at = clock_timestamp()")
        let time = try await store.renew(id, purpose)
        #expect((time == .closed) == (purpose != .undoEmailChange))
        try await roles.owner.query("UPDATE users SET disabled_at = NULL")
        #expect(try await store.left(id, purpose) != nil)
      }
    }
  }

  @Test("a proven address needs no verification, a new code has no tries yet, and the role changes nothing else")
  func postgres() async throws {
    try await RoleDatabase.with { roles async throws in
      try await roles.owner.query("INSERT INTO users (id, email) VALUES (\(Self.user.uuid), \(Self.old))")
      let (store, id, undo) = (Self.inPostgres(roles.owner, roles[.task]), UUID(), UUID())
      try await store.add(id, .verifyEmail)
      try await store.add(undo, .undoEmailChange)
      func tries() async throws -> Int? {
        try await roles.owner.query("SELECT code_tries FROM account_links WHERE id = \(id)").rows.first?
          .get("code_tries", as: Int.self)
      }
      #expect(try await store.left(id, .verifyEmail) != nil)
      #expect(try await tries() == 5)
      try await store.advance(.seconds(26 * 3_600))
      #expect(try await store.left(id, .verifyEmail) != nil)
      #expect(try await tries() == 0)
      for columns in ["used_at = NULL", "email = 'x@example.com'", "purpose = 'reset-password'"] {
        #expect(try await roles[.task].refuses("UPDATE account_links SET \(columns)"))
      }
      let prolonged = try await roles[.task].query(
        "UPDATE account_links SET expires_at = expires_at + interval '1 day' WHERE id = \(undo)")
      #expect(prolonged.affectedRows == 0)
      try await roles.owner.query("UPDATE users SET email_verified_at = clock_timestamp()")
      #expect(try await store.renew(id, .verifyEmail) == .closed)
    }
  }
}
