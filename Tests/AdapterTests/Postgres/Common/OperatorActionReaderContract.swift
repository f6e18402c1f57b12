import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import TestInfrastructure
import Testing

@Suite("What operators have done", .serialized)
struct OperatorActionReaderContract {
  private func with(
    _ kind: TaskStoreKind,
    _ body:
      @Sendable (
        any OperatorActionReader, _ note: @Sendable (String, _ actor: String, _ subject: String) async throws -> Void
      ) async throws -> Void
  ) async throws {
    switch kind {
    case .memory:
      let actions = InMemoryOperatorActions()
      try await body(actions) { actions.note($0, by: $1, on: $2, reason: "a test") }
    case .postgres:
      try await withMigratedDatabase { database in
        try await body(PostgresOperatorActionReader(database: database.pool)) { name, actor, subject in
          try await database.pool.transaction { transaction in
            try await OperatorAction(actor: actor, action: name, subject: subject, reason: "a test")
              .note(in: transaction)
          }
        }
      }
    }
  }

  @Test(
    "the actions are read in pages, the newest first, and by operator and object", arguments: TaskStoreKind.allCases)
  func pages(kind: TaskStoreKind) async throws {
    try await with(kind) { actions, note in
      let (one, other, user) = (UserID(UUID()), UserID(UUID()), UserID(UUID()))
      for number in 0..<3 {
        try await note("wallet.grant \(number)", one.description, user.description)
        try await note("stream.replay \(number)", "cli:asha", "ended-1-0")
      }
      try await note("user.disable", other.description, user.description)
      let read = ReadOperatorActions(actions: actions)
      let first = try await read.page(by: nil, on: nil, before: nil, limit: 5)
      #expect(first.items.first?.action == "user.disable" && first.items.count == 5 && first.next != nil)
      #expect(first.items.first?.actor == other.description && first.items.first?.reason == "a test")
      let last = try await read.page(by: nil, on: nil, before: first.next, limit: 5)
      #expect(last.items.map(\.action) == ["stream.replay 0", "wallet.grant 0"] && last.next == nil)
      let own = try await read.page(by: OperatorName(one.description), on: nil, before: nil, limit: 2)
      #expect(own.items.map(\.action) == ["wallet.grant 2", "wallet.grant 1"] && own.next != nil)
      let shell = try await read.page(by: OperatorName("cli:asha"), on: nil, before: nil, limit: 5)
      #expect(shell.items.count == 3 && shell.next == nil)
      #expect(try await read.page(by: nil, on: user, before: nil, limit: 5).items.count == 4)
      let both = try await read.page(by: OperatorName(other.description), on: user, before: nil, limit: 5)
      #expect(both.items.map(\.action) == ["user.disable"])
    }
  }
}
