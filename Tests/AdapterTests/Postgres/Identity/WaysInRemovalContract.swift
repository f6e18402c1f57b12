import Application
import Domain
import Fakes
import Foundation
import Testing

@Suite("Ways to sign in that somebody else may have added", .serialized)
struct WaysInRemovalContract {
  private static let days = Duration.seconds(RecentWaysIn.days * 86_400)

  private static func addPasskey(_ number: UInt8, to user: UserID, _ store: IdentityStore) async throws -> PasskeyID {
    let cose = SoftAuthenticator.es256(number)
    let added = try await store.passkeys.add(
      NewPasskeyCredential(
        id: Array(repeating: number, count: 16), publicKey: try PasskeyPublicKey(cose: cose), cose: cose, counter: 0,
        isBackupEligible: false, isBackedUp: false), name: "Passkey", transports: [], to: user)
    guard case .added(let passkey) = added else { throw IdentityError.unavailable }
    return passkey.id
  }

  private static func enrol(_ user: UserID, _ store: IdentityStore) async throws {
    #expect(try await store.factors.begin([7], of: user))
    #expect(
      try await store.factors.confirm(
        [7], step: 100, recoveryHashes: [Array(repeating: 1, count: 32)], of: user, keeping: DeviceID(UUID())))
  }

  private static func reset(_ user: UserID, _ store: IdentityStore) async throws {
    let account = try #require(try await store.accounts.account(user))
    try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "new hash")
  }

  private static func told(_ store: IdentityStore) async throws -> Int {
    try await store.told().count { $0 == "user.ways_in_removed" }
  }

  @Test(
    "a reset takes back what was added in the last seven days, and tells of it once",
    arguments: IdentityStoreKind.allCases)
  func recent(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let user = try await store.account("asha@example.com", verified: true).id
      let old = try await Self.addPasskey(1, to: user, store)
      try await store.advance(Self.days + .seconds(60))
      for number in [2, 3] as [UInt8] { _ = try await Self.addPasskey(number, to: user, store) }
      try await Self.enrol(user, store)
      #expect(try await store.googleLinks.link(googleSubject: "thief", to: user) == .linked)
      try await Self.reset(user, store)
      let account = try #require(try await store.accounts.account(user))
      #expect(!account.hasSecondFactor && !account.googleLinked && account.hasPasskey && account.hasPassword)
      #expect(try await store.passkeys.passkeys(of: user).map(\.id) == [old])
      #expect(try await store.factors.use(recoveryHash: Array(repeating: 1, count: 32), of: user) == false)
      #expect(try await store.accounts.account(googleSubject: "thief") == nil)
      #expect(try await Self.told(store) == 1)
      // Nothing is left to take back.
      try await Self.reset(user, store)
      #expect(try await Self.told(store) == 1)
    }
  }

  @Test(
    "what mails about care plans hold is set back by a reset, an undoing and a takeover, and by no other change",
    arguments: IdentityStoreKind.allCases)
  func carePlanMail(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      let chosen: @Sendable (UserID) async throws -> CarePlanMailKind? = {
        try await store.carePlanMails.carePlanMail(of: $0)
      }
      try await store.carePlanMails.chooseCarePlanMail(.full, by: account.id)
      let device = try await store.device([1], of: account.id).id
      try await store.changes.changePassword(of: account.id, from: "hash", to: "new", keeping: device)
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: account))
      #expect(try await chosen(account.id) == .full)
      try await store.changes.undoEmailChange(by: try await store.link(.undoEmailChange, of: account))
      #expect(try await chosen(account.id) == nil)
      try await store.carePlanMails.chooseCarePlanMail(.full, by: account.id)
      try await Self.reset(account.id, store)
      #expect(try await chosen(account.id) == nil)
      let unproven = try await store.account("ravi@example.com").id
      try await store.carePlanMails.chooseCarePlanMail(CarePlanMailKind.none, by: unproven)
      try await Self.reset(unproven, store)
      #expect(try await chosen(unproven) == nil)
    }
  }

  @Test(
    "a reset keeps what is older, and a change by the signed-in user keeps all",
    arguments: IdentityStoreKind.allCases)
  func older(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let user = try await store.account("asha@example.com", verified: true).id
      _ = try await Self.addPasskey(1, to: user, store)
      try await Self.enrol(user, store)
      #expect(try await store.googleLinks.link(googleSubject: "google-1", to: user) == .linked)
      let device = try await store.device([1], of: user).id
      try await store.changes.changePassword(of: user, from: "hash", to: "new", keeping: device)
      try await store.advance(Self.days + .seconds(60))
      try await Self.reset(user, store)
      let account = try #require(try await store.accounts.account(user))
      #expect(account.hasSecondFactor && account.googleLinked && account.hasPasskey)
      #expect(try await Self.told(store) == 0)
    }
  }

  @Test(
    "an app that waits for its first code goes with a reset, and nobody is told",
    arguments: IdentityStoreKind.allCases)
  func waiting(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let user = try await store.account("asha@example.com", verified: true).id
      #expect(try await store.factors.begin([7], of: user))
      try await Self.reset(user, store)
      #expect(try await store.factors.pending(user) == nil)
      #expect(try await Self.told(store) == 0)
    }
  }

  @Test(
    "a reset leaves an operator's rights only with an older passkey or app",
    arguments: IdentityStoreKind.allCases)
  func operators(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let user = try await store.account("asha@example.com", verified: true).id
      try await store.makeOperator(user)
      let old = try await Self.addPasskey(1, to: user, store)
      try await store.advance(Self.days + .seconds(60))
      _ = try await Self.addPasskey(2, to: user, store)
      try await Self.enrol(user, store)
      try await Self.reset(user, store)
      let account = try #require(try await store.accounts.account(user))
      #expect(!account.hasSecondFactor && account.scope == ["operator"])
      #expect(try await store.passkeys.passkeys(of: user).map(\.id) == [old])
      let newcomer = try await store.account("ravi@example.com", verified: true).id
      try await store.makeOperator(newcomer)
      _ = try await Self.addPasskey(3, to: newcomer, store)
      try await Self.reset(newcomer, store)
      let now = try #require(try await store.accounts.account(newcomer))
      #expect(!now.hasPasskey && now.scope == [] && now.operatorRole == nil)
    }
  }

  @Test(
    "with the factors that an undoing removes, an operator's rights go, too, and the owner is told",
    arguments: IdentityStoreKind.allCases)
  func undone(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      try await store.makeOperator(account.id)
      try await Self.enrol(account.id, store)
      try await store.advance(Self.days * 2)
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: account))
      try await store.changes.undoEmailChange(by: try await store.link(.undoEmailChange, of: account))
      let now = try #require(try await store.accounts.account(account.id))
      #expect(!now.hasSecondFactor && now.scope == [])
      #expect(try await Self.told(store) == 1)
    }
  }

  @Test(
    "whoever takes an account over is told what the first person had added",
    arguments: IdentityStoreKind.allCases)
  func claimed(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@gmail.com", google: "squatter")
      _ = try await Self.addPasskey(1, to: account.id, store)
      try await Self.enrol(account.id, store)
      _ = try await store.googleLinks.join(GoogleIdentity(subject: "owner", email: account.email, name: nil))
      let now = try #require(try await store.accounts.account(account.id))
      #expect(!now.hasPasskey && !now.hasSecondFactor)
      #expect(try await Self.told(store) == 1)
    }
  }
}
