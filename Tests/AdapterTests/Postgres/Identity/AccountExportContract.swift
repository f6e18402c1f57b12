import Application
import Domain
import Foundation
import Testing

@Suite("What auth has of an account", .serialized)
struct AccountExportContract {
  @Test(
    "an export has the account, its devices with those that ended, its links and its consents",
    arguments: IdentityStoreKind.allCases)
  func exports(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com", google: "google-1")
      let (first, second) = (
        try await store.device([1], of: account.id).id, try await store.device([2], of: account.id).id
      )
      try await store.device([9])
      try await store.devices.end(first, user: account.id, cause: .signedOutElsewhere)
      _ = try await store.link(.changeEmail, of: account)
      for text in ["v1", "v1", "v2"] {
        try await store.consents.give(try #require(ConsentVersion(text)), by: account.id)
      }
      let found = try #require(try await store.exports.export(of: account.id))
      #expect(found.account == account && found.googleSubject == "google-1")
      #expect(Set(found.devices.map(\.id)) == [first, second])
      #expect(Set(found.devices.map(\.endedCause)) == [nil, "signed_out_elsewhere"])
      for device in found.devices {
        #expect(device.userAgent == "test" && device.network == "203.0.113.0/24" && device.methods == ["pwd"])
      }
      #expect(Set(found.links.map(\.purpose)) == ["verify-email", "change-email"])
      #expect(found.links.compactMap(\.newEmail) == ["new@example.com"])
      #expect(found.consents.map(\.version) == ["v2", "v1"])
      #expect(try await store.exports.export(of: UserID(UUID())) == nil)
    }
  }
}
