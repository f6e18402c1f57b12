import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Reading links for their mails", .serialized)
struct MailedLinkReaderContract {
  private typealias Add =
    @Sendable (_ id: UUID, _ purpose: MailedAccountLinkPurpose, _ isOpen: Bool) async throws -> Void

  private static let user = UserID(UUID())
  private static let (old, new) = ("asha@example.com", "new@example.com")
  private static let until = Date(timeIntervalSince1970: 2_900_000_000)

  private func with(
    _ kind: TaskStoreKind, _ body: @Sendable (any MailedLinkReader, Add) async throws -> Void
  ) async throws {
    switch kind {
    case .memory:
      let reader = InMemoryAccountLinkReader()
      try await body(reader) { id, purpose, isOpen in
        let address = try #require(EmailAddress(purpose == .changeEmail ? Self.new : Self.old))
        reader.add(
          id, of: Self.user, MailedLink(purpose: purpose, address: address, expiresAt: Self.until, isOpen: isOpen))
      }
    case .postgres:
      try await withMigratedDatabase { database in
        let pool = database.pool
        // The account has another address by now.
        try await pool.query("INSERT INTO users (id, email) VALUES (\(Self.user.uuid), 'third@example.com')")
        try await body(PostgresMailedLinkReader(database: pool)) { id, purpose, isOpen in
          let isChange = [.changeEmail, .undoEmailChange].contains(purpose)
          try await pool.query(
            """
            INSERT INTO account_links (id, purpose, user_id, email, new_email, expires_at, used_at)
            VALUES (\(id), \(purpose.rawValue), \(Self.user.uuid), \(Self.old), \(isChange ? Self.new : nil),
              \(Self.until), CASE WHEN NOT \(isOpen) THEN clock_timestamp() END)
            """)
        }
      }
    }
  }

  @Test(
    "a link is mailed to the new address for a change, and else to the one that it was made for",
    arguments: TaskStoreKind.allCases)
  func addresses(kind: TaskStoreKind) async throws {
    try await with(kind) { reader, add in
      for purpose in MailedAccountLinkPurpose.allCases {
        for isOpen in [true, false] {
          let id = UUID()
          try await add(id, purpose, isOpen)
          let link = try #require(try await reader.link(id.uuidString.lowercased(), of: Self.user))
          #expect(link.purpose == purpose && link.isOpen == isOpen && link.expiresAt == Self.until)
          #expect(link.address.text == (purpose == .changeEmail ? Self.new : Self.old))
        }
      }
    }
  }

  @Test("a link is not found for another user, nor without a row", arguments: TaskStoreKind.allCases)
  func unknown(kind: TaskStoreKind) async throws {
    try await with(kind) { reader, add in
      let id = UUID()
      try await add(id, .resetPassword, true)
      for (id, user) in [(id.uuidString, UserID(UUID())), (UUID().uuidString, Self.user), ("not an id", Self.user)] {
        let found = try await reader.link(id, of: user)
        #expect(found == nil)
      }
    }
  }
}
