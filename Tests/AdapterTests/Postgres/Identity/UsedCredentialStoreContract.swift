import Application
import Foundation
import Testing

@Suite("Storing used credentials", .serialized)
struct UsedCredentialStoreContract {
  private static func digest(_ byte: UInt8) -> [UInt8] { Array(repeating: byte, count: 32) }

  @Test("a credential is used once", arguments: IdentityStoreKind.allCases)
  func once(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let expiry = try await store.now() + 3_600
      #expect(try await !store.used.isUsed(Self.digest(1)))
      #expect(try await store.used.use(Self.digest(1), expiry: expiry))
      #expect(try await store.used.isUsed(Self.digest(1)))
      #expect(try await !store.used.use(Self.digest(1), expiry: expiry + 60))
      #expect(try await !store.used.isUsed(Self.digest(2)))
      #expect(try await store.used.use(Self.digest(2), expiry: expiry))
    }
  }

  @Test("of sixteen simultaneous uses one is the first", arguments: IdentityStoreKind.allCases)
  func racing(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let expiry = try await store.now() + 3_600
      let first = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<16 { group.addTask { try await store.used.use(Self.digest(1), expiry: expiry) } }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(first == 1)
    }
  }
}
