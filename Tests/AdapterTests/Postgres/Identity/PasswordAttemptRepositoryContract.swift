import Application
import Domain
import Foundation
import Testing

@Suite("Counting password attempts", .serialized)
struct PasswordAttemptRepositoryContract {
  private static let policy = PasswordAttemptPolicy.production
  private static let device = DeviceID(UUID())

  private func address(_ text: String = "asha@example.com") throws -> EmailAddress { try #require(EmailAddress(text)) }

  /// How many of so many attempts are allowed.
  private func allowed(
    _ store: IdentityStore, of count: Int, _ text: String = "asha@example.com", from device: DeviceID? = nil
  ) async throws -> Int {
    var allowed = 0
    for _ in 0..<count {
      if case .allowed = try await store.attempts.begin(try address(text), from: device, Self.policy) { allowed += 1 }
    }
    return allowed
  }

  @Test(
    "ten attempts may be made at once, in any capitalization, and one comes back every 6 s",
    arguments: IdentityStoreKind.allCases)
  func bounded(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      #expect(try await allowed(store, of: 6) == 6)
      #expect(try await allowed(store, of: 6, "ASHA@Example.com") == 4)
      guard case .wait(let time) = try await store.attempts.begin(try address(), from: nil, Self.policy) else {
        return #expect(Bool(false), "it was allowed")
      }
      #expect(time > .seconds(4) && time <= .seconds(6))
      try await store.advance(.seconds(12))
      #expect(try await allowed(store, of: 5) == 2)
      #expect(try await allowed(store, of: 12, "ravi@example.com") == 10)
    }
  }

  @Test("of a hundred simultaneous attempts ten are allowed", arguments: IdentityStoreKind.allCases)
  func simultaneous(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let own = try address()
      let decisions = try await withThrowingTaskGroup(of: PasswordAttemptDecision.self) { group in
        for _ in 0..<100 { group.addTask { try await store.attempts.begin(own, from: nil, Self.policy) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let counted = decisions.compactMap { decision -> Int? in
        if case .allowed(let inARow) = decision { inARow } else { nil }
      }
      #expect(counted.sorted() == Array(1...10))
    }
  }

  @Test("a known device is counted apart from all others", arguments: IdentityStoreKind.allCases)
  func apart(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store async throws in
      #expect(try await allowed(store, of: 12) == 10)
      #expect(try await allowed(store, of: 12, from: Self.device) == 10)
      #expect(try await allowed(store, of: 12, from: DeviceID(UUID())) == 10)
    }
  }

  @Test("a right password forgets the attempts of its device only", arguments: IdentityStoreKind.allCases)
  func forgets(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await allowed(store, of: 10)
      _ = try await allowed(store, of: 10, from: Self.device)
      try await store.attempts.forget(try address(), from: Self.device)
      #expect(try await allowed(store, of: 12, from: Self.device) == 10)
      #expect(try await allowed(store, of: 12) == 0)
    }
  }

  @Test("an attempt that is taken back may be made again, also the last one", arguments: IdentityStoreKind.allCases)
  func takenBack(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let own = try address()
      let attempts = store.attempts
      for device in [nil, Self.device] {
        // Without an attempt there is nothing to take back.
        try await attempts.takeBack(own, from: device, Self.policy)
        for _ in 0..<12 {
          #expect(try await attempts.begin(own, from: device, Self.policy) == .allowed(inARow: 1))
          try await attempts.takeBack(own, from: device, Self.policy)
        }
        for _ in 0..<9 {
          #expect(try await allowed(store, of: 12, from: device) == 10)
          try await store.advance(.seconds(60))
        }
        #expect(try await allowed(store, of: 9, from: device) == 9)
        for _ in 0..<2 {
          #expect(try await attempts.begin(own, from: device, Self.policy) == .allowed(inARow: 100))
          #expect(try await attempts.begin(own, from: device, Self.policy) == .locked)
          try await attempts.takeBack(own, from: device, Self.policy)
        }
      }
    }
  }

  @Test("after too many in a row no attempt is allowed, however long one waits", arguments: IdentityStoreKind.allCases)
  func locked(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      for _ in 0..<10 {
        #expect(try await allowed(store, of: 12) == 10)
        try await store.advance(.seconds(60))
      }
      #expect(try await store.attempts.begin(try address(), from: nil, Self.policy) == .locked)
      try await store.attempts.forget(try address(), from: nil)
      #expect(try await store.attempts.begin(try address(), from: nil, Self.policy) == .allowed(inARow: 1))
    }
  }

  @Test("an account begins without the attempts for its address from before", arguments: IdentityStoreKind.allCases)
  func newAccount(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      for (number, verified) in [false, true].enumerated() {
        let own = "asha\(number)@example.com"
        #expect(try await allowed(store, of: 12, own) == 10)
        let device = NewDevice(
          id: DeviceID(UUID()), tokenHash: [1], authenticatedAt: try await store.now(), methods: ["pwd"],
          userAgent: nil)
        _ = try await store.accounts.create(
          NewAccount(
            email: try address(own.uppercased()), name: nil, passwordHash: "hash", googleSubject: nil,
            emailVerified: verified), device: verified ? nil : device)
        #expect(try await allowed(store, of: 12, own) == 10)
      }
    }
  }

  @Test(
    "an account that signs nobody in keeps them until its address is proven, since that it is new would show",
    arguments: IdentityStoreKind.allCases)
  func unseenAccount(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      #expect(try await allowed(store, of: 12) == 10)
      let account = try await store.account("asha@example.com")
      #expect(try await allowed(store, of: 12) == 0)
      _ = try await allowed(store, of: 10, from: Self.device)
      try await store.changes.verifyEmail(by: try await store.link(.verifyEmail, of: account))
      #expect(try await allowed(store, of: 12) == 10)
      #expect(try await allowed(store, of: 12, from: Self.device) == 10)
    }
  }

  @Test("a reset of the password forgets the attempts of all devices", arguments: IdentityStoreKind.allCases)
  func reset(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      _ = try await allowed(store, of: 10)
      _ = try await allowed(store, of: 10, from: Self.device)
      _ = try await allowed(store, of: 10, "ravi@example.com")
      try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "new hash")
      #expect(try await allowed(store, of: 12) == 10)
      #expect(try await allowed(store, of: 12, from: Self.device) == 10)
      #expect(try await allowed(store, of: 12, "ravi@example.com") == 0)
    }
  }
}
