import Application
import Domain
import Foundation
import Testing

@Suite("Storing devices", .serialized)
struct DeviceRepositoryContract {
  @Test(
    "a refresh token is exchanged for the next, and the next for the one after", arguments: IdentityStoreKind.allCases)
  func rotates(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      var times: Set<Date> = []
      for step in 1..<4 as Range<UInt8> {
        guard
          case .rotated(let id, let user, let authenticatedAt) = try await store.devices.rotate([step], to: [step + 1])
        else {
          Issue.record("step \(step) did not rotate")
          return
        }
        #expect(id == device.id && user == device.user)
        times.insert(authenticatedAt)
      }
      // A refresh does not count as a sign-in.
      #expect(times.count == 1)
    }
  }

  @Test(
    "a token that was exchanged before ends its device and its tokens, and no other device",
    arguments: IdentityStoreKind.allCases)
  func replay(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      _ = try await store.device([9])
      _ = try await store.devices.rotate([1], to: [2])
      #expect(try await store.revoked().isEmpty)
      #expect(try await store.devices.rotate([1], to: [3]) == .replayed)
      #expect(try await store.revoked() == [device.id])
      for token in [1, 2, 3] as [UInt8] {
        #expect(try await store.devices.rotate([token], to: [20 + token]) == .unknown)
      }
      guard case .rotated = try await store.devices.rotate([9], to: [10]) else {
        Issue.record("another device was ended, too")
        return
      }
    }
  }

  @Test(
    "of sixteen simultaneous exchanges of one token one succeeds, and the device is ended",
    arguments: IdentityStoreKind.allCases)
  func racing(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let device = try await store.device([1])
      let answers = try await withThrowingTaskGroup(of: RotationResult.self) { group in
        for number in 0..<16 as Range<UInt8> {
          group.addTask { try await store.devices.rotate([1], to: [100 + number]) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count(where: { if case .rotated = $0 { true } else { false } }) == 1)
      #expect(answers.count(where: { $0 == .replayed }) == 1)
      #expect(try await store.revoked() == [device.id])
    }
  }

  @Test("a token that was never issued is unknown and ends no device", arguments: IdentityStoreKind.allCases)
  func unknown(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await store.device([1])
      for token in [[], [2], [1, 1]] as [[UInt8]] {
        #expect(try await store.devices.rotate(token, to: [3]) == .unknown)
      }
      #expect(try await store.revoked().isEmpty)
    }
  }

  @Test("an ended device refreshes no more, and ending it again changes nothing", arguments: IdentityStoreKind.allCases)
  func end(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      for _ in 0..<2 { try await store.devices.end(device.id, user: device.user) }
      #expect(try await store.devices.rotate([1], to: [2]) == .unknown)
      #expect(try await store.revoked() == [device.id])
    }
  }

  @Test("no user can end another user's device", arguments: IdentityStoreKind.allCases)
  func anothers(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      let other = try await store.device([9])
      try await store.devices.end(device.id, user: other.user)
      #expect(try await store.revoked().isEmpty)
      guard case .rotated = try await store.devices.rotate([1], to: [2]) else {
        Issue.record("a stranger ended the device")
        return
      }
    }
  }

  @Test("a device is deleted sixty days after its last refresh", arguments: IdentityStoreKind.allCases)
  func expiry(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await store.device([1])
      try await store.advance(.seconds(59 * 86_400))
      guard case .rotated = try await store.devices.rotate([1], to: [2]) else {
        Issue.record("signed out before sixty days")
        return
      }
      try await store.advance(.seconds(59 * 86_400))
      guard case .rotated = try await store.devices.rotate([2], to: [3]) else {
        Issue.record("a refresh did not extend the device")
        return
      }
      try await store.advance(.seconds(60 * 86_400 + 1))
      #expect(try await store.devices.rotate([3], to: [4]) == .unknown)
    }
  }

  @Test("two devices never share a token", arguments: IdentityStoreKind.allCases)
  func uniqueToken(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await store.device([1])
      await #expect(throws: IdentityError.unavailable) { try await store.device([1]) }
    }
  }
}
