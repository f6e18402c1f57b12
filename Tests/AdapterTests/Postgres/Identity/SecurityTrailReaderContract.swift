import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Reading the trail of security events", .serialized)
struct SecurityTrailReaderContract {
  private func with(
    _ kind: IdentityStoreKind,
    _ body:
      @Sendable (
        any SecurityTrailReader, _ append: @Sendable (String, UserID) async throws -> Void
      ) async throws -> Void
  ) async throws {
    switch kind {
    case .memory:
      let trail = InMemorySecurityTrail()
      try await body(trail) { trail.append($0, of: $1) }
    case .postgres:
      try await withMigratedDatabase { database in
        try await body(PostgresSecurityTrailReader(database: database.pool)) { kind, user in
          try await database.pool.query("INSERT INTO security_events (user_id, kind) VALUES (\(user.uuid), \(kind))")
        }
      }
    }
  }

  @Test("a user's own events are read in pages, the newest first", arguments: IdentityStoreKind.allCases)
  func pages(kind: IdentityStoreKind) async throws {
    try await with(kind) { trail, append in
      let (own, other) = (UserID(UUID()), UserID(UUID()))
      for number in 0..<5 {
        try await append("own \(number)", own)
        try await append("other \(number)", other)
      }
      let read = ReadSecurityTrail(trail: trail)
      let first = try await read.page(of: own, before: nil, limit: 2)
      #expect(first.items.map(\.kind) == ["own 4", "own 3"] && first.next != nil)
      try await append("own 5", own)
      let second = try await read.page(of: own, before: first.next, limit: 2)
      #expect(second.items.map(\.kind) == ["own 2", "own 1"] && second.next != nil)
      let last = try await read.page(of: own, before: second.next, limit: 2)
      #expect(last.items.map(\.kind) == ["own 0"] && last.next == nil)
      #expect(try await read.page(of: UserID(UUID()), before: nil, limit: 2).items.isEmpty)
    }
  }
}
