import Application
import Domain
import Foundation
import Testing

@Suite("Storing second factors", .serialized)
struct TOTPFactorContract {
  private static func hash(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 32) }

  /// A user with a confirmed factor, whose last step is 100 and who has two recovery codes; and the device that it was
  /// enrolled on.
  private func enrolled(_ store: IdentityStore, verified: Bool = true) async throws -> (user: UserID, DeviceID) {
    let user = try await store.account("asha@example.com", verified: verified).id
    let device = try await store.device([1], of: user).id
    #expect(try await store.factors.begin([7], of: user))
    #expect(
      try await store.factors.confirm(
        [7], step: 100, recoveryHashes: [Self.hash(1), Self.hash(2)], of: user, keeping: device))
    return (user, device)
  }

  private func isAllowed(_ attempt: TOTPAttempt) -> Bool { if case .allowed = attempt { true } else { false } }

  @Test("a secret counts once it is confirmed, and then stays", arguments: IdentityStoreKind.allCases)
  func enrols(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      let (user, factors) = (account.id, store.factors)
      #expect(!account.hasSecondFactor)
      #expect(try await factors.pending(user) == nil)
      #expect(try await factors.begin([7], of: user))
      #expect(try await factors.begin([8], of: user))
      let pending = try #require(try await factors.pending(user))
      #expect(pending.sealedSecret == [8])
      let now = try await store.now().unixSeconds
      #expect(abs(pending.now - now) < 60)
      #expect(try await store.accounts.account(user)?.hasSecondFactor == false)
      #expect(try await factors.attempt(user) == .noFactor)
      #expect(try await !factors.use(step: 9, of: user))
      let device = DeviceID(UUID())
      // The secret that was replaced is not confirmed.
      #expect(try await !factors.confirm([7], step: 1, recoveryHashes: [], of: user, keeping: device))
      #expect(try await factors.confirm([8], step: 1, recoveryHashes: [], of: user, keeping: device))
      #expect(try await !factors.confirm([8], step: 2, recoveryHashes: [], of: user, keeping: device))
      #expect(try await store.accounts.account(user)?.hasSecondFactor == true)
      #expect(try await store.accounts.account(email: account.email)?.account.hasSecondFactor == true)
      #expect(try await !factors.begin([9], of: user))
      #expect(try await factors.pending(user) == nil)
      #expect(try await !factors.begin([9], of: UserID(UUID())))
      let noAccount = try await store.imported("asha@example.com", hasAddressProblem: true)
      #expect(try await !factors.begin([9], of: noAccount))
    }
  }

  @Test(
    "with the factor every other device ends, and the owner of a proven address is told of each change",
    arguments: IdentityStoreKind.allCases, [true, false])
  func tells(kind: IdentityStoreKind, verified: Bool) async throws {
    try await IdentityStore.with(kind) { store in
      let user = try await store.account("asha@example.com", verified: verified).id
      let (own, other) = (try await store.device([1], of: user).id, try await store.device([2], of: user).id)
      let stranger = try await store.device([3])
      #expect(try await store.factors.begin([7], of: user))
      try await store.challenges.open(NewSignInChallenge(tokenHash: [9], methods: ["pwd"]), of: user)
      #expect(try await store.factors.confirm([7], step: 1, recoveryHashes: [], of: user, keeping: own))
      #expect(try await store.revoked() == [other])
      #expect(try await store.cause(of: other) == "second_factor_added")
      #expect(try await store.cause(of: stranger.id) == nil)
      #expect(try await store.challenges.attempt([9]) == nil)
      for _ in 0..<2 { try await store.factors.remove(user) }
      #expect(try await store.accounts.account(user)?.hasSecondFactor == false)
      #expect(try await store.factors.attempt(user) == .noFactor)
      let told = try await store.told().count { $0 == "user.second_factor_changed" }
      #expect(told == (verified ? 2 : 0))
      #expect(try await store.revoked() == [other])
      #expect(try await store.factors.begin([7], of: user))
    }
  }

  @Test("a code of a step is used once, and none of an earlier step afterwards", arguments: IdentityStoreKind.allCases)
  func once(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let (user, _) = try await enrolled(store)
      for (step, isUsed) in [(100, false), (99, false), (101, true), (101, false), (100, false), (103, true)] {
        #expect(try await store.factors.use(step: Int64(step), of: user) == isUsed, "\(step)")
      }
      let used = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<16 { group.addTask { try await store.factors.use(step: 104, of: user) } }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(used == 1)
    }
  }

  @Test("a recovery code is used once, by its own user", arguments: IdentityStoreKind.allCases)
  func recovery(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let (user, _) = try await enrolled(store)
      let other = try await store.account("ravi@example.com").id
      #expect(try await !store.factors.use(recoveryHash: Self.hash(1), of: other))
      #expect(try await !store.factors.use(recoveryHash: Self.hash(3), of: user))
      let used = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<16 { group.addTask { try await store.factors.use(recoveryHash: Self.hash(1), of: user) } }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(used == 1)
      #expect(try await store.factors.use(recoveryHash: Self.hash(2), of: user))
      // A new factor has codes of its own.
      try await store.factors.remove(user)
      #expect(try await store.factors.begin([7], of: user))
      #expect(try await !store.factors.use(recoveryHash: Self.hash(2), of: user))
    }
  }

  @Test(
    "of any number of codes at once a hundred are compared, and a right one sets the count back",
    arguments: IdentityStoreKind.allCases)
  func locks(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let (user, _) = try await enrolled(store)
      for _ in 0..<60 { #expect(isAllowed(try await store.factors.attempt(user))) }
      #expect(try await store.factors.use(step: 101, of: user))
      let allowed = try await withThrowingTaskGroup(of: TOTPAttempt.self) { group in
        for _ in 0..<130 { group.addTask { try await store.factors.attempt(user) } }
        return try await group.reduce(into: 0) { $0 += isAllowed($1) ? 1 : 0 }
      }
      #expect(allowed == 100)
      #expect(try await store.factors.attempt(user) == .locked)
    }
  }

  @Test("a reset by mail allows codes again", arguments: IdentityStoreKind.allCases)
  func unlocks(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let (user, _) = try await enrolled(store)
      for _ in 0..<100 { _ = try await store.factors.attempt(user) }
      #expect(try await store.factors.attempt(user) == .locked)
      try await store.advance(.seconds(RecentWaysIn.days * 86_400 + 60))
      let account = try #require(try await store.accounts.account(user))
      try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "new")
      #expect(isAllowed(try await store.factors.attempt(user)))
      #expect(try await store.accounts.account(user)?.hasSecondFactor == true)
    }
  }

  @Test(
    "whoever proves an address that nobody had proven gets the account without a stranger's factor",
    arguments: IdentityStoreKind.allCases)
  func unproven(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let (user, _) = try await enrolled(store, verified: false)
      let account = try #require(try await store.accounts.account(user))
      try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "new")
      #expect(try await store.accounts.account(user)?.hasSecondFactor == false)
    }
    try await IdentityStore.with(kind) { store in
      let (user, _) = try await enrolled(store, verified: false)
      let email = try #require(EmailAddress("asha@example.com"))
      _ = try await store.googleLinks.join(GoogleIdentity(subject: "g", email: email, name: nil))
      #expect(try await store.accounts.account(user)?.hasSecondFactor == false)
    }
  }

  @Test(
    "the undoing of a change of the address removes the factor, which a thief may have enrolled",
    arguments: IdentityStoreKind.allCases)
  func undone(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let (user, _) = try await enrolled(store)
      let account = try #require(try await store.accounts.account(user))
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: account))
      #expect(try await store.accounts.account(user)?.hasSecondFactor == true)
      try await store.changes.undoEmailChange(by: try await store.link(.undoEmailChange, of: account))
      #expect(try await store.accounts.account(user)?.hasSecondFactor == false)
    }
  }
}
