import Application
import Domain
import Foundation
import Testing

@Suite("Storing sign-ins that wait for a second factor", .serialized)
struct SignInChallengeContract {
  private func opened(_ store: IdentityStore, _ token: UInt8 = 1) async throws -> UserID {
    let user = try await store.account("asha-\(token)@example.com").id
    try await store.challenges.open(NewSignInChallenge(tokenHash: [token], methods: ["pwd", "x"]), of: user)
    return user
  }

  @Test("a challenge is completed once, with the device", arguments: IdentityStoreKind.allCases)
  func completes(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let user = try await opened(store)
      #expect(try await store.challenges.attempt([1]) == OpenSignInChallenge(user: user, methods: ["pwd", "x"]))
      #expect(try await store.challenges.attempt([2]) == nil)
      let other = try await opened(store, 2)
      #expect(try await !store.challenges.complete([1], with: IdentityStore.newDevice([9]), of: other))
      let completed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for token in 0..<16 as Range<UInt8> {
          group.addTask {
            try await store.challenges.complete([1], with: IdentityStore.newDevice([100 + token]), of: user)
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(completed == 1)
      #expect(try await store.devices.signedIn(user, after: nil, limit: 50).count == 1)
      #expect(try await store.challenges.attempt([1]) == nil)
      #expect(try await store.challenges.attempt([2]) != nil)
    }
  }

  @Test("of two hundred answers at once five are compared", arguments: IdentityStoreKind.allCases)
  func five(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      _ = try await opened(store)
      let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<200 { group.addTask { try await store.challenges.attempt([1]) != nil } }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(allowed == 5)
      #expect(try await store.challenges.attempt([1]) == nil)
    }
  }

  @Test("a challenge is valid for five minutes", arguments: IdentityStoreKind.allCases)
  func expires(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let user = try await opened(store)
      try await store.advance(.seconds(240))
      #expect(try await store.challenges.attempt([1]) != nil)
      try await store.advance(.seconds(60))
      #expect(try await store.challenges.attempt([1]) == nil)
      #expect(try await !store.challenges.complete([1], with: IdentityStore.newDevice([9]), of: user))
      #expect(try await store.devices.signedIn(user, after: nil, limit: 50).isEmpty)
    }
  }

  @Test(
    "what ends a user's devices ends the sign-ins that wait, and no other user's",
    arguments: IdentityStoreKind.allCases)
  func ends(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let user = try await opened(store)
      _ = try await opened(store, 2)
      try await store.challenges.open(NewSignInChallenge(tokenHash: [3], methods: ["pwd"]), of: user)
      try await store.challenges.end([3])
      #expect(try await store.challenges.attempt([3]) == nil)
      #expect(try await store.challenges.attempt([1]) != nil)
      let account = try #require(try await store.accounts.account(user))
      try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "new")
      #expect(try await !store.challenges.complete([1], with: IdentityStore.newDevice([9]), of: user))
      #expect(try await store.challenges.attempt([1]) == nil)
      #expect(try await store.challenges.attempt([2]) != nil)
      #expect(try await store.devices.signedIn(user, after: nil, limit: 50).isEmpty)
    }
  }
}
