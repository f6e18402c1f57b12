import Application
import Domain
import Foundation
import PostgresAdapter
import Testing

@Suite("Accounts that are disabled and enabled", .serialized)
struct UserAdministrationContract {
  private func reason() throws -> Reason { try #require(Reason("abuse")) }

  @Test("an address is found in any capitalization, and no other account", arguments: IdentityStoreKind.allCases)
  func finds(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("Asha@example.com", verified: true)
      _ = try await store.account("ravi@example.com")
      let double = try await store.imported("asha@EXAMPLE.com", hasAddressProblem: true)
      let found = try await store.users.users(email: "ASHA@example.com")
      #expect(Set(found.map(\.id)) == [account.id, double])
      let first = try #require(found.first { $0.id == account.id })
      #expect(first.email == "Asha@example.com" && first.name == "Asha" && first.emailVerified)
      #expect(first.disabledAt == nil)
      #expect(try await store.users.user(account.id) == first)
      await #expect(throws: UserAdministrationError.userNotFound) { try await store.users.user(UserID(UUID())) }
      #expect(try await store.users.users(email: "none@example.com").isEmpty)
      #expect(try await store.users.users(email: "").isEmpty)
    }
  }

  @Test(
    "disabling ends all devices with their tokens, is told and audited once, and is undone by enabling",
    arguments: IdentityStoreKind.allCases)
  func disables(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let devices = [try await store.device([1], of: account.id).id, try await store.device([2], of: account.id).id]
      let other = try await store.device([9])
      for _ in 0..<2 {
        let answer = try await store.users.disable(account.id, reason: try reason(), actor: "cli:test")
        #expect(answer.id == account.id && answer.disabledAt != nil)
      }
      #expect(try await store.revoked() == Set(devices))
      #expect(try await store.cause(of: devices[0]) == "account_disabled")
      #expect(try await store.rotate(1, to: 11) == .unknown)
      #expect(try await store.rotate(9, to: 19) != .unknown && other.user != account.id)
      #expect(try await store.told().count { $0 == "user.disabled" } == 1)
      #expect(try await store.accounts.account(account.id)?.isDisabled == true)
      await #expect(throws: IdentityError.accountDisabled) { try await store.device([3], of: account.id) }
      for _ in 0..<2 {
        #expect(try await store.users.enable(account.id, reason: try reason(), actor: "cli:test").disabledAt == nil)
      }
      #expect(try await store.accounts.account(account.id)?.isDisabled == false)
      #expect(try await store.audited() == ["user.disable", "user.enable"])
      try await store.device([3], of: account.id)
      #expect(try await store.rotate(2, to: 12) == .unknown)
    }
  }

  @Test("an operator reads a user's trail in pages, each of which is noted", arguments: IdentityStoreKind.allCases)
  func trail(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let (own, other) = (try await store.account("asha@example.com"), try await store.account("ravi@example.com"))
      for number in 0..<3 {
        try await store.appendEvent("own \(number)", own.id)
        try await store.appendEvent("other \(number)", other.id)
      }
      let read = ReadUserTrail(users: store.users)
      let reader = UserID(UUID()).description
      let first = try await read.page(of: own.id, before: nil, limit: 2, actor: reader)
      #expect(first.items.map(\.kind) == ["own 2", "own 1"] && first.next != nil)
      let second = try await read.page(of: own.id, before: first.next, limit: 2, actor: reader)
      #expect(second.items.first?.kind == "own 0" && second.next == nil)
      #expect(try await store.audited() == ["user.read_trail", "user.read_trail"])
      await #expect(throws: UserAdministrationError.userNotFound) {
        _ = try await read.page(of: UserID(UUID()), before: nil, limit: 2, actor: reader)
      }
      #expect(try await store.audited().count == 2)
    }
  }

  @Test("nobody is disabled for an account that there is not", arguments: IdentityStoreKind.allCases)
  func unknown(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      await #expect(throws: UserAdministrationError.userNotFound) {
        try await store.users.disable(UserID(UUID()), reason: try reason(), actor: "cli:test")
      }
      await #expect(throws: UserAdministrationError.userNotFound) {
        try await store.users.enable(UserID(UUID()), reason: try reason(), actor: "cli:test")
      }
    }
  }

  @Test(
    "an account that is disabled while somebody signs in gets no device that stays",
    arguments: IdentityStoreKind.allCases)
  func race(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let account = try await store.account("asha@example.com")
      let why = try reason()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for token in 1..<9 as Range<UInt8> {
          group.addTask {
            do { try await store.device([token], of: account.id) } catch IdentityError.accountDisabled { return }
          }
        }
        group.addTask { _ = try await store.users.disable(account.id, reason: why, actor: "cli:test") }
        try await group.waitForAll()
      }
      #expect(try await store.devices.signedIn(account.id, after: nil, limit: 20).isEmpty)
    }
  }
}
