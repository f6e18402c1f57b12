import Application
import Domain
import Foundation
import Testing

@Suite("Changes of passwords and addresses", .serialized)
struct AccountChangeContract {
  private func hash(_ email: EmailAddress, _ store: IdentityStore) async throws -> String? {
    try await store.accounts.account(email: email)?.passwordHash
  }

  private func device(of user: UserID, _ token: UInt8, _ store: IdentityStore) async throws -> DeviceID {
    try await store.device([token], of: user).id
  }

  @Test("of many uses of one link at once one succeeds", arguments: IdentityStoreKind.allCases)
  func once(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let account = try await store.account("asha@example.com")
      let link = try await store.link(.verifyEmail, of: account)
      let used = UseCount()
      try await atOnce(16) {
        do { try await store.changes.verifyEmail(by: link) } catch IdentityError.invalidLink { return }
        await used.add()
      }
      #expect(await used.count == 1)
      #expect(try await store.links.link(link.id) == nil)
      #expect(try await store.accounts.account(account.id)?.emailVerified == true)
      #expect(try await store.told() == ["user.registered", "email.verification_requested", "email.verified"])
    }
  }

  @Test(
    "a reset changes the password, proves the address, and ends every device with its tokens",
    arguments: IdentityStoreKind.allCases)
  func reset(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", google: "a stranger")
      let devices = [
        try await device(of: account.id, 1, store), try await device(of: account.id, 2, store),
      ]
      let others = try await store.device([9])
      let (first, second) = (
        try await store.link(.resetPassword, of: account), try await store.link(.resetPassword, of: account)
      )
      let change = try await store.link(.changeEmail, of: account)
      try await store.changes.resetPassword(by: second, to: "new hash")
      #expect(try await hash(account.email, store) == "new hash")
      let now = try #require(try await store.accounts.account(account.id))
      #expect(now.emailVerified && !now.googleLinked)
      #expect(try await store.revoked() == Set(devices))
      #expect(try await store.rotate(1, to: 11) == .unknown)
      #expect(try await store.rotate(9, to: 19) != .unknown)
      #expect(others.user != account.id)
      // Neither the other reset nor a change that was requested before is valid any more.
      for link in [first, second, change] { #expect(try await store.links.link(link.id) == nil) }
      for link in [first, second] {
        await #expect(throws: IdentityError.invalidLink) {
          try await store.changes.resetPassword(by: link, to: "third hash")
        }
      }
      #expect(try await hash(account.email, store) == "new hash")
      #expect(try await store.told().suffix(2) == ["email.verified", "password.changed"])
    }
  }

  @Test(
    "the end of all devices, or of all others, begins another epoch of known devices",
    arguments: IdentityStoreKind.allCases)
  func knownDevicesEpoch(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let epoch: @Sendable () async throws -> Int64? = {
        try await store.accounts.account(account.id)?.knownDevicesEpoch
      }
      let own = try await device(of: account.id, 1, store)
      #expect(try await epoch() == 0)
      try await store.devices.endAll(of: account.id, except: own, cause: .signedOutElsewhere)
      #expect(try await epoch() == 1)
      try await store.changes.changePassword(of: account.id, from: "hash", to: "new hash", keeping: own)
      #expect(try await epoch() == 2)
      try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "hash")
      #expect(try await epoch() == 3)
      try await store.devices.end(own, user: account.id, cause: .signedOut)
      #expect(try await epoch() == 3)
      #expect(try await store.accounts.account(email: account.email)?.account.knownDevicesEpoch == 3)
    }
  }

  @Test(
    "the end of all other devices withdraws what one of them may have asked for, and nothing of another user",
    arguments: IdentityStoreKind.allCases)
  func endWithdraws(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let (account, other) = (
        try await store.account("asha@example.com", verified: true), try await store.account("ravi@example.com")
      )
      let own = try await device(of: account.id, 1, store)
      let change = try await store.link(.changeEmail, of: account)
      let proof = try await store.link(.reauthenticate, of: account)
      let reset = try await store.link(.resetPassword, of: account)
      let others = try await store.link(.changeEmail, of: other, to: "third@example.com")
      try await store.devices.endAll(of: account.id, except: own, cause: .signedOutElsewhere)
      for link in [change, proof] { #expect(try await store.links.link(link.id) == nil) }
      for link in [reset, others] { #expect(try await store.links.link(link.id) != nil) }
      await #expect(throws: IdentityError.invalidLink) { try await store.changes.changeEmail(by: change) }
    }
  }

  @Test(
    "a reset removes the name that whoever registered an unproven address chose, and keeps an owner's",
    arguments: IdentityStoreKind.allCases)
  func resetName(kind: IdentityStoreKind) async throws {
    for verified in [false, true] {
      try await IdentityStore.with(kind) { store in
        let account = try await store.account("asha@example.com", verified: verified)
        _ = try await store.accounts.rename(account.id, to: "a stranger's text")
        try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "new hash")
        let now = try #require(try await store.accounts.account(account.id))
        #expect(now.name == (verified ? "a stranger's text" : nil))
      }
    }
  }

  @Test("a reset of a verified account keeps its Google subject", arguments: IdentityStoreKind.allCases)
  func resetVerified(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", hash: nil, google: "google-1", verified: true)
      try await store.changes.resetPassword(by: try await store.link(.resetPassword, of: account), to: "hash")
      let now = try await store.accounts.account(account.id)
      #expect(now?.googleLinked == true && now?.hasPassword == true)
    }
  }

  @Test(
    "a change of the password ends all other devices, and none if the hash is another one by now",
    arguments: IdentityStoreKind.allCases)
  func changePassword(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let (own, other) = (try await device(of: account.id, 1, store), try await device(of: account.id, 2, store))
      let reset = try await store.link(.resetPassword, of: account)
      await #expect(throws: IdentityError.invalidCredentials) {
        try await store.changes.changePassword(of: account.id, from: "older", to: "new", keeping: own)
      }
      #expect(try await store.revoked().isEmpty)
      try await store.changes.changePassword(of: account.id, from: "hash", to: "new", keeping: own)
      #expect(try await hash(account.email, store) == "new")
      #expect(try await store.revoked() == [other])
      #expect(try await store.links.link(reset.id) == nil)
      #expect(try await store.told().last == "password.changed")
      await #expect(throws: IdentityError.accountGone) {
        try await store.changes.changePassword(of: UserID(UUID()), from: "hash", to: "new", keeping: own)
      }
    }
  }

  @Test(
    "a changed address is proven, and the old one gets an undoing if it was proven",
    arguments: IdentityStoreKind.allCases)
  func changeEmail(kind: IdentityStoreKind) async throws {
    for verified in [false, true] {
      try await IdentityStore.with(kind) { store in
        let account = try await store.account("asha@example.com", verified: verified)
        let reset = try await store.link(.resetPassword, of: account)
        let link = try await store.link(.changeEmail, of: account)
        try await store.changes.changeEmail(by: link)
        let now = try #require(try await store.accounts.account(account.id))
        #expect(now.email.text == "new@example.com" && now.emailVerified)
        #expect(try await store.links.link(reset.id) == nil)
        #expect(try await store.requestedLinks(.undoEmailChange).count == (verified ? 1 : 0))
        #expect(try await store.told().contains("email.verified") == !verified)
        await #expect(throws: IdentityError.invalidLink) { try await store.changes.changeEmail(by: link) }
      }
    }
  }

  @Test("of several accounts that change to one address at once one gets it", arguments: IdentityStoreKind.allCases)
  func racing(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      var links: [MailedAccountLink] = []
      for number in 0..<3 {
        links.append(try await store.link(.changeEmail, of: try await store.account("asha\(number)@example.com")))
      }
      let used = UseCount()
      let all = links
      try await withThrowingTaskGroup(of: Void.self) { group in
        for link in all {
          group.addTask {
            do { try await store.changes.changeEmail(by: link) } catch IdentityError.emailTaken { return }
            await used.add()
          }
        }
        try await group.waitForAll()
      }
      #expect(await used.count == 1)
      // A change that failed has not used its link up.
      for link in all where try await store.links.link(link.id) != nil {
        await #expect(throws: IdentityError.emailTaken) { try await store.changes.changeEmail(by: link) }
      }
    }
  }

  @Test(
    "an undoing restores the address and ends all devices, and those that a thief got meanwhile are worth nothing",
    arguments: IdentityStoreKind.allCases)
  func undo(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: account))
      #expect(try await store.googleLinks.link(googleSubject: "thief", to: account.id) == .linked)
      let id = try #require(try await store.requestedLinks(.undoEmailChange).last)
      let first = try #require(try await store.links.link(id))
      let between = try #require(try await store.accounts.account(account.id))
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: between, to: "third@example.com"))
      let second = try #require(try await store.requestedLinks(.undoEmailChange).last)
      let thief = try await device(of: account.id, 1, store)
      try await store.changes.undoEmailChange(by: first)
      let restored = try #require(try await store.accounts.account(account.id))
      #expect(restored.email == account.email && !restored.hasPassword && !restored.googleLinked)
      #expect(try await store.accounts.account(googleSubject: "thief") == nil)
      #expect(try await store.revoked() == [thief])
      #expect(try await store.links.link(second) == nil)
      await #expect(throws: IdentityError.invalidLink) { try await store.changes.undoEmailChange(by: first) }
    }
  }

  @Test("an address is kept for the account that can still undo a change away", arguments: IdentityStoreKind.allCases)
  func undoTaken(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: account))
      let id = try #require(try await store.requestedLinks(.undoEmailChange).last)
      let undo = try #require(try await store.links.link(id))
      await #expect(throws: IdentityError.emailTaken) { try await store.account("ASHA@example.com") }
      let other = try await store.account("ravi@example.com", verified: true)
      let change = try await store.link(.changeEmail, of: other, to: "Asha@example.com")
      await #expect(throws: IdentityError.emailTaken) { try await store.changes.changeEmail(by: change) }
      try await store.changes.undoEmailChange(by: undo)
      #expect(try await store.accounts.account(account.id)?.email == account.email)
      #expect(try await store.accounts.account(other.id)?.email == other.email)
    }
  }

  @Test(
    "a disabled account is changed by an undoing alone; its other links are not used up, or are withdrawn",
    arguments: IdentityStoreKind.allCases)
  func disabled(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let why = try #require(Reason("abuse"))
      let account = try await store.account("asha@example.com")
      let verification = try await store.link(.verifyEmail, of: account)
      let reset = try await store.link(.resetPassword, of: account)
      let asked = [try await store.link(.changeEmail, of: account), try await store.link(.reauthenticate, of: account)]
      _ = try await store.users.disable(account.id, reason: why, actor: "cli:test")
      let before = try await store.told().count
      await #expect(throws: IdentityError.accountDisabled) { try await store.changes.verifyEmail(by: verification) }
      await #expect(throws: IdentityError.accountDisabled) {
        try await store.changes.resetPassword(by: reset, to: "new hash")
      }
      await #expect(throws: IdentityError.invalidLink) { try await store.changes.changeEmail(by: asked[0]) }
      #expect(try await !store.links.use(asked[1]))
      #expect(try await hash(account.email, store) == "hash")
      #expect(try await store.accounts.account(account.id)?.emailVerified == false)
      #expect(try await store.told().count == before)
      // A link that is worth nothing learns nothing.
      let forged = MailedAccountLink(
        id: UUID().uuidString.lowercased(), purpose: .resetPassword, user: account.id, email: account.email,
        newEmail: nil, expiresAt: reset.expiresAt)
      await #expect(throws: IdentityError.invalidLink) {
        try await store.changes.resetPassword(by: forged, to: "new hash")
      }
      _ = try await store.users.enable(account.id, reason: why, actor: "cli:test")
      try await store.changes.verifyEmail(by: verification)
      try await store.changes.resetPassword(by: reset, to: "new hash")
      #expect(try await hash(account.email, store) == "new hash")
    }
  }

  @Test("an owner undoes a change of a disabled account, which stays disabled", arguments: IdentityStoreKind.allCases)
  func undoDisabled(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let why = try #require(Reason("a theft"))
      let account = try await store.account("asha@example.com", verified: true)
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: account))
      let id = try #require(try await store.requestedLinks(.undoEmailChange).last)
      let undo = try #require(try await store.links.link(id))
      _ = try await store.users.disable(account.id, reason: why, actor: "cli:test")
      try await store.changes.undoEmailChange(by: undo)
      let now = try #require(try await store.accounts.account(account.id))
      #expect(now.email == account.email && !now.hasPassword && now.isDisabled)
    }
  }

  @Test("a link of one account changes nothing in another", arguments: IdentityStoreKind.allCases)
  func anothers(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let link = try await store.link(.verifyEmail, of: account)
      let other = try await store.account("ravi@example.com")
      let forged = MailedAccountLink(
        id: link.id, purpose: .verifyEmail, user: other.id, email: other.email, newEmail: nil,
        expiresAt: link.expiresAt)
      await #expect(throws: IdentityError.invalidLink) { try await store.changes.verifyEmail(by: forged) }
      for user in [account.id, other.id] {
        #expect(try await store.accounts.account(user)?.emailVerified == false)
      }
    }
  }
}

private actor UseCount {
  private(set) var count = 0
  func add() { count += 1 }
}
