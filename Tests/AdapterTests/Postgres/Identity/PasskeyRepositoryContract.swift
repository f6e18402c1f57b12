import Application
import Domain
import Fakes
import Foundation
import Testing

@Suite("Storing passkeys", .serialized)
struct PasskeyRepositoryContract {
  private static func credential(
    _ number: Int, counter: UInt32 = 0, isBackupEligible: Bool = false
  ) throws -> NewPasskeyCredential {
    let cose = SoftAuthenticator.es256(UInt8(truncatingIfNeeded: number + 1))
    let id = Array(repeating: UInt8(truncatingIfNeeded: number), count: 16)
    return NewPasskeyCredential(
      id: id, publicKey: try PasskeyPublicKey(cose: cose), cose: cose, counter: counter,
      isBackupEligible: isBackupEligible, isBackedUp: isBackupEligible)
  }

  private static func add(
    _ number: Int, to user: UserID, _ store: IdentityStore, counter: UInt32 = 0
  ) async throws -> PasskeySummary {
    let added = try await store.passkeys.add(
      try credential(number, counter: counter), name: "Passkey \(number)", transports: [.internal, .hybrid], to: user)
    guard case .added(let passkey) = added else { throw IdentityError.unavailable }
    return passkey
  }

  private static func use(
    _ passkey: PasskeyID, counter: UInt32, token: UInt8, _ store: IdentityStore
  ) async throws -> Account? {
    try await store.passkeys.signIn(
      with: passkey, counter: counter, isBackedUp: false, device: IdentityStore.newDevice([token], methods: ["passkey"])
    )
  }

  @Test("a passkey is stored, listed and found by its credential", arguments: IdentityStoreKind.allCases)
  func stores(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      #expect(try await store.passkeys.passkeys(of: account.id).isEmpty)
      let made = try Self.credential(1, counter: .max, isBackupEligible: true)
      let result = try await store.passkeys.add(made, name: "Phone", transports: [.internal, .hybrid], to: account.id)
      guard case .added(let first) = result else {
        Issue.record("not added")
        return
      }
      #expect(first.name == "Phone" && first.transports == [.internal, .hybrid] && first.lastUsedAt == nil)
      let second = try await Self.add(2, to: account.id, store)
      #expect(try await store.passkeys.passkeys(of: account.id) == [second, first])
      let stored = StoredPasskey(
        id: first.id, user: account.id, publicKey: made.cose, counter: .max, isBackupEligible: true)
      #expect(try await store.passkeys.passkey(credentialID: made.id) == stored)
      #expect(try await store.passkeys.passkey(credentialID: [1]) == nil)
      #expect(try await store.passkeys.passkeys(of: UserID(UUID())).isEmpty)
    }
  }

  @Test("a credential belongs to one account, and a passkey needs one", arguments: IdentityStoreKind.allCases)
  func known(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let other = try await store.account("ravi@example.com")
      _ = try await Self.add(1, to: account.id, store)
      for user in [account.id, other.id] {
        let again = try await store.passkeys.add(try Self.credential(1), name: "n", transports: [], to: user)
        #expect(again == .known)
      }
      let gone = try await store.passkeys.add(try Self.credential(2), name: "n", transports: [], to: UserID(UUID()))
      #expect(gone == .accountGone)
    }
  }

  @Test("of thirty simultaneous passkeys twenty are added", arguments: IdentityStoreKind.allCases)
  func most(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let account = try await store.account("asha@example.com")
      let added = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<30 {
          group.addTask {
            let result = try await store.passkeys.add(
              try Self.credential(number), name: "n", transports: [], to: account.id)
            return result != .tooMany
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(added == 20)
      #expect(try await store.passkeys.passkeys(of: account.id).count == 20)
    }
  }

  @Test("the owner of a proven address is told of each change", arguments: IdentityStoreKind.allCases)
  func told(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      let passkey = try await Self.add(1, to: account.id, store)
      #expect(try await store.passkeys.remove(passkey.id, of: account.id) == .removed)
      #expect(try await store.told() == ["user.registered", "passkey.changed", "passkey.changed"])
      let unproven = try await store.account("ravi@example.com")
      let silent = try await Self.add(2, to: unproven.id, store)
      #expect(try await store.passkeys.remove(silent.id, of: unproven.id) == .removed)
      #expect(try await store.told().count { $0 == "passkey.changed" } == 2)
    }
  }

  @Test(
    "a use by a signed-in user is noted, and the counter grows or stays zero", arguments: IdentityStoreKind.allCases)
  func uses(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let counting = try await Self.add(1, to: account.id, store, counter: 7)
      let other = try await Self.add(2, to: account.id, store)
      for (counter, isUsed) in [(UInt32(7), false), (6, false), (0, false), (8, true), (8, false)] {
        #expect(try await store.passkeys.use(counting.id, counter: counter, isBackedUp: false) == isUsed, "\(counter)")
      }
      for _ in 0..<2 { #expect(try await store.passkeys.use(other.id, counter: 0, isBackedUp: false)) }
      #expect(try await store.passkeys.passkeys(of: account.id).allSatisfy { $0.lastUsedAt != nil })
      #expect(try await !store.passkeys.use(PasskeyID(UUID()), counter: 9, isBackedUp: false))
    }
  }

  @Test("a sign-in opens a device, and the counter grows or stays zero", arguments: IdentityStoreKind.allCases)
  func signIn(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let counting = try await Self.add(1, to: account.id, store, counter: 4_000_000_000)
      #expect(try await Self.use(counting.id, counter: 4_000_000_001, token: 1, store)?.id == account.id)
      for counter: UInt32 in [4_000_000_001, 4_000_000_000, 1, 0] {
        #expect(try await Self.use(counting.id, counter: counter, token: 2, store) == nil)
      }
      let plain = try await Self.add(2, to: account.id, store)
      for token: UInt8 in [3, 4] {
        #expect(try await Self.use(plain.id, counter: 0, token: token, store)?.id == account.id)
      }
      #expect(try await Self.use(plain.id, counter: 1, token: 5, store)?.id == account.id)
      #expect(try await Self.use(plain.id, counter: 0, token: 6, store) == nil)
      #expect(try await Self.use(PasskeyID(UUID()), counter: 1, token: 7, store) == nil)
      #expect(try await store.devices.signedIn(account.id, after: nil, limit: 100).count == 4)
      #expect(try await store.passkeys.passkeys(of: account.id).allSatisfy { $0.lastUsedAt != nil })
      #expect(try await store.passkeys.passkey(credentialID: counting.credentialID)?.counter == 4_000_000_001)
    }
  }

  @Test("of simultaneous sign-ins with one count one succeeds", arguments: IdentityStoreKind.allCases)
  func race(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let account = try await store.account("asha@example.com")
      let passkey = try await Self.add(1, to: account.id, store, counter: 1)
      let signedIn = try await withThrowingTaskGroup(of: Bool.self) { group in
        for token in UInt8(0)..<16 {
          group.addTask { try await Self.use(passkey.id, counter: 2, token: token, store) != nil }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(signedIn == 1)
      #expect(try await store.devices.signedIn(account.id, after: nil, limit: 100).count == 1)
    }
  }

  @Test("the only way to sign in stays, and another's passkey does, too", arguments: IdentityStoreKind.allCases)
  func remove(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let owner = try await store.account("asha@example.com")
      let passkey = try await Self.add(1, to: owner.id, store)
      let google = try await store.account("ravi@example.com", hash: nil, google: "google-1")
      let other = try await Self.add(2, to: google.id, store)
      #expect(try await store.passkeys.remove(passkey.id, of: google.id) == .notFound)
      #expect(try await store.passkeys.remove(PasskeyID(UUID()), of: owner.id) == .notFound)
      #expect(try await store.passkeys.remove(other.id, of: google.id) == .removed)
      #expect(try await store.passkeys.remove(passkey.id, of: owner.id) == .removed)
      #expect(try await store.passkeys.remove(passkey.id, of: owner.id) == .notFound)
      let bare = try await store.imported("vikram@example.com")
      let (first, last) = (try await Self.add(3, to: bare, store), try await Self.add(4, to: bare, store))
      #expect(try await store.passkeys.remove(first.id, of: bare) == .removed)
      #expect(try await store.passkeys.remove(last.id, of: bare) == .lastWayIn)
      #expect(try await store.passkeys.passkeys(of: bare) == [last])
    }
  }

  @Test("of two last passkeys that are removed at once one stays", arguments: IdentityStoreKind.allCases)
  func removeRace(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 4) { store in
      let bare = try await store.imported("vikram@example.com")
      let made = [try await Self.add(1, to: bare, store), try await Self.add(2, to: bare, store)]
      let results = try await withThrowingTaskGroup(of: PasskeyRemoveResult.self) { group in
        for passkey in made { group.addTask { try await store.passkeys.remove(passkey.id, of: bare) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.count { $0 == .removed } == 1 && results.count { $0 == .lastWayIn } == 1)
    }
  }

  @Test(
    "whoever proves an address that nobody had proven gets no passkey of whoever registered it",
    arguments: IdentityStoreKind.allCases)
  func squatter(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let squatted = try await store.account("asha@example.com")
      let passkey = try await Self.add(1, to: squatted.id, store)
      #expect(try await Self.use(passkey.id, counter: 0, token: 1, store) != nil)
      try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: squatted), to: "hash")
      #expect(try await Self.use(passkey.id, counter: 0, token: 2, store) == nil)
      #expect(try await store.passkeys.passkeys(of: squatted.id).isEmpty)
      let other = try await store.account("ravi@gmail.com")
      let taken = try await Self.add(2, to: other.id, store)
      let person = GoogleIdentity(subject: "google-1", email: other.email, name: nil)
      guard case .joined = try await store.googleLinks.join(person) else {
        Issue.record("not joined")
        return
      }
      #expect(try await Self.use(taken.id, counter: 0, token: 3, store) == nil)
      #expect(try await store.passkeys.passkeys(of: other.id).isEmpty)
    }
  }

  @Test("a reset of a proven account keeps its old passkeys", arguments: IdentityStoreKind.allCases)
  func reset(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      let passkey = try await Self.add(1, to: account.id, store)
      try await store.advance(.seconds(RecentWaysIn.days * 86_400 + 60))
      try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "hash")
      #expect(try await store.passkeys.passkeys(of: account.id).map(\.id) == [passkey.id])
      #expect(try await Self.use(passkey.id, counter: 0, token: 2, store) != nil)
    }
  }

  @Test("undoing a change of the address removes the passkeys", arguments: IdentityStoreKind.allCases)
  func undone(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      let passkey = try await Self.add(1, to: account.id, store)
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: account))
      #expect(try await store.passkeys.passkeys(of: account.id) == [passkey])
      try await store.changes.undoEmailChange(by: try await store.link(.undoEmailChange, of: account))
      #expect(try await store.passkeys.passkeys(of: account.id).isEmpty)
      #expect(try await Self.use(passkey.id, counter: 0, token: 2, store) == nil)
    }
  }

  /// A thief's sign-in that is in progress during the reset has no device afterwards.
  @Test("sign-ins beside a reset leave no device behind", arguments: IdentityStoreKind.allCases)
  func resetRace(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let account = try await store.account("asha@example.com")
      let passkey = try await Self.add(1, to: account.id, store)
      let link = try await store.link(.resetPassword, of: account)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for token in UInt8(0)..<16 {
          group.addTask {
            if token == 8 { try await store.changes.resetPassword(by: link, to: "hash") }
            _ = try await Self.use(passkey.id, counter: 0, token: token, store)
          }
        }
        try await group.waitForAll()
      }
      #expect(try await store.devices.signedIn(account.id, after: nil, limit: 100).isEmpty)
    }
  }
}
