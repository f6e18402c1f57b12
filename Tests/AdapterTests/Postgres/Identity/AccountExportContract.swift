import Application
import Domain
import Fakes
import Foundation
import Testing

@Suite("What auth has of an account", .serialized)
struct AccountExportContract {
  @Test(
    "an export has the account, its devices with those that ended, its links, consents, passkeys, second factor and trail",
    arguments: IdentityStoreKind.allCases)
  func exports(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", google: "google-1")
      let (first, second) = (
        try await store.device([1], of: account.id).id, try await store.device([2], of: account.id).id
      )
      try await store.device([9])
      try await store.devices.end(first, user: account.id, cause: .signedOutElsewhere)
      for text in ["v1", "v1", "v2"] {
        try await store.consents.give(try #require(ConsentVersion(text)), by: account.id)
      }
      let cose = SoftAuthenticator.es256(1)
      _ = try await store.passkeys.add(
        NewPasskeyCredential(
          id: Array(repeating: 1, count: 16), publicKey: try PasskeyPublicKey(cose: cose), cose: cose, counter: 0,
          isBackupEligible: false, isBackedUp: false), name: "Phone", transports: [], to: account.id)
      #expect(try await store.factors.begin([7], of: account.id))
      #expect(try await store.exports.export(of: account.id)?.secondFactorSince == nil)
      #expect(
        try await store.factors.confirm([7], step: 1, recoveryHashes: [], of: account.id, keeping: second))
      // After the others are signed out, which withdraws an earlier one.
      _ = try await store.link(.changeEmail, of: account)
      let found = try #require(try await store.exports.export(of: account.id))
      let now = try await store.now()
      let since = try #require(found.secondFactorSince)
      #expect(found.account.hasSecondFactor && abs(now.timeIntervalSince(since)) < 60)
      #expect(found.passkeys.map(\.name) == ["Phone"])
      if kind == .postgres {
        // The request for another address comes first, because it is the newest.
        #expect(found.events.dropFirst().first?.kind == "second_factor_added")
        #expect(found.events.last?.kind == "registered")
      }
      #expect(found.account.id == account.id && found.googleSubject == "google-1")
      #expect(Set(found.devices.map(\.id)) == [first, second])
      #expect(Set(found.devices.map(\.endedCause)) == [nil, "signed_out_elsewhere"])
      for device in found.devices {
        #expect(device.userAgent == "test" && device.network == "203.0.113.0/24" && device.methods == ["pwd"])
      }
      #expect(Set(found.links.map(\.purpose)) == ["verify-email", "change-email"])
      #expect(found.links.compactMap(\.newEmail) == ["new@example.com"])
      #expect(found.consents.map(\.version) == ["v2", "v1"])
      #expect(found.googleLinkedAt == nil && found.account.operatorRole == nil && found.carePlanMail == nil)
      #expect(try await store.exports.export(of: UserID(UUID())) == nil)
    }
  }

  @Test("an export tells when the user linked Google, and an operator's role", arguments: IdentityStoreKind.allCases)
  func linked(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", verified: true)
      #expect(try await store.googleLinks.link(googleSubject: "google-1", to: account.id) == .linked)
      try await store.makeOperator(account.id)
      let found = try #require(try await store.exports.export(of: account.id))
      let linkedAt = try #require(found.googleLinkedAt)
      #expect(abs(try await store.now().timeIntervalSince(linkedAt)) < 60)
      #expect(found.account.operatorRole == .admin)
    }
  }
}
