import Application
import Domain
import Foundation
import Testing

@Suite("Storing devices", .serialized)
struct DeviceRepositoryContract {
  /// Exchanges a token for the next one.
  /// - Parameter family: the device that the token names.
  private func rotate(
    _ store: IdentityStore, _ token: UInt8, to next: UInt8, family: DeviceID? = nil, network: ClientNetwork? = nil
  ) async throws -> RefreshTokenRotationResult {
    try await store.devices.rotate(
      PresentedRefreshToken(hash: [token], family: family),
      to: RefreshTokenSuccessor(hash: [next], sealed: [token, next]), network: network)
  }

  private func isRotated(_ result: RefreshTokenRotationResult) -> Bool {
    if case .rotated = result { true } else { false }
  }

  @Test(
    "a refresh token is exchanged for the next, and how its user signed in stays",
    arguments: IdentityStoreKind.allCases)
  func rotates(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let signedIn = Date(timeIntervalSince1970: 1_790_000_000.25)
      let device = try await store.device([1], methods: ["pwd", "otp"], at: signedIn)
      for step in 1..<4 as Range<UInt8> {
        let result = try await rotate(store, step, to: step + 1, family: device.id)
        #expect(
          result
            == .rotated(
              DeviceSignIn(
                device: device.id, user: device.user, authenticatedAt: signedIn, methods: ["pwd", "otp"])))
        try await store.advance(.seconds(60))
      }
      #expect(try await store.devices.device(holding: [4]) == device.id)
      #expect(try await store.devices.device(holding: [3]) == device.id)
      #expect(try await store.devices.device(holding: [2]) == nil)
    }
  }

  @Test(
    "a token that was exchanged a moment ago gets the same successor, until that is used",
    arguments: IdentityStoreKind.allCases)
  func repeats(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      _ = try await rotate(store, 1, to: 2, family: device.id)
      for next in [3, 4] as [UInt8] {
        guard case .repeated(let signIn, let sealed) = try await rotate(store, 1, to: next, family: device.id) else {
          Issue.record("a lost answer was not repeated")
          return
        }
        #expect(signIn.device == device.id && sealed == [1, 2])
      }
      #expect(isRotated(try await rotate(store, 2, to: 5, family: device.id)))
      #expect(try await rotate(store, 1, to: 6, family: device.id) == .replayed)
      #expect(try await store.revoked() == [device.id])
      #expect(try await store.cause(of: device.id) == "replayed")
    }
  }

  @Test("the successor is repeated for ten seconds", arguments: IdentityStoreKind.allCases)
  func grace(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      _ = try await rotate(store, 1, to: 2, family: device.id)
      try await store.advance(.seconds(5))
      guard case .repeated = try await rotate(store, 1, to: 3, family: device.id) else {
        Issue.record("the successor was not repeated after five seconds")
        return
      }
      // It does not begin anew with the repetition.
      try await store.advance(.seconds(5))
      #expect(try await rotate(store, 1, to: 3, family: device.id) == .replayed)
      #expect(try await rotate(store, 2, to: 4, family: device.id) == .unknown)
    }
  }

  @Test(
    "any earlier token of the family ends its device and its tokens, and no other device",
    arguments: IdentityStoreKind.allCases)
  func replay(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      _ = try await store.device([99])
      for step in 1..<5 as Range<UInt8> { _ = try await rotate(store, step, to: step + 1, family: device.id) }
      #expect(try await store.revoked().isEmpty)
      #expect(try await rotate(store, 1, to: 50, family: device.id) == .replayed)
      #expect(try await store.revoked() == [device.id])
      for token in 1...5 as ClosedRange<UInt8> {
        #expect(try await rotate(store, token, to: 60, family: device.id) == .unknown)
      }
      #expect(isRotated(try await rotate(store, 99, to: 100)))
    }
  }

  @Test("a token that does not name its device is recognized as long as it is the current one or the one before")
  func withoutFamily() async throws {
    for kind in IdentityStoreKind.allCases {
      try await IdentityStore.with(kind) { store in
        let device = try await store.device([1])
        #expect(isRotated(try await rotate(store, 1, to: 2)))
        #expect(isRotated(try await rotate(store, 2, to: 3)))
        #expect(try await rotate(store, 1, to: 9) == .unknown)
        try await store.advance(.seconds(11))
        #expect(try await rotate(store, 2, to: 9) == .replayed)
        #expect(try await store.revoked() == [device.id])
      }
    }
  }

  @Test(
    "of sixteen simultaneous exchanges of one token one succeeds, and the others get its successor",
    arguments: IdentityStoreKind.allCases)
  func racing(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let device = try await store.device([1])
      let answers = try await withThrowingTaskGroup(of: (UInt8, RefreshTokenRotationResult).self) { group in
        for number in 100..<116 as Range<UInt8> {
          group.addTask { (number, try await rotate(store, 1, to: number, family: device.id)) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let winners = answers.filter { isRotated($0.1) }
      let winner = try #require(winners.first).0
      #expect(winners.count == 1)
      for (number, answer) in answers where number != winner {
        guard case .repeated(_, let sealed) = answer else {
          Issue.record("\(number): \(answer)")
          continue
        }
        #expect(sealed == [1, winner])
      }
      #expect(try await store.revoked().isEmpty)
    }
  }

  @Test("a token that was never issued is unknown and ends no device", arguments: IdentityStoreKind.allCases)
  func unknown(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await store.device([1])
      for token in [[], [2], [1, 1]] as [[UInt8]] {
        for family in [nil, DeviceID(UUID())] {
          let result = try await store.devices.rotate(
            PresentedRefreshToken(hash: token, family: family),
            to: RefreshTokenSuccessor(hash: [3], sealed: []), network: nil)
          #expect(result == .unknown)
        }
      }
      #expect(try await store.revoked().isEmpty)
    }
  }

  @Test("an ended device refreshes no more, and ending it again changes nothing", arguments: IdentityStoreKind.allCases)
  func end(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      #expect(try await store.devices.end(device.id, user: device.user, cause: .signedOut))
      #expect(try await !store.devices.end(device.id, user: device.user, cause: .signedOutElsewhere))
      #expect(try await rotate(store, 1, to: 2, family: device.id) == .unknown)
      #expect(try await store.revoked() == [device.id])
      #expect(try await store.cause(of: device.id) == "signed_out")
    }
  }

  @Test("any token of a family signs its device out", arguments: IdentityStoreKind.allCases)
  func endFamily(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      for token in 1...3 as ClosedRange<UInt8> {
        let device = try await store.device([token &* 10 &+ 1])
        for step in 1..<3 as Range<UInt8> {
          _ = try await rotate(store, token * 10 + step, to: token * 10 + step + 1, family: device.id)
        }
        let presented = PresentedRefreshToken(hash: [token * 10 + token], family: device.id)
        try await store.devices.end(familyOf: presented, cause: .signedOut)
        #expect(try await store.cause(of: device.id) == "signed_out")
        #expect(try await rotate(store, token * 10 + 3, to: 200, family: device.id) == .unknown)
      }
      #expect(try await store.revoked().count == 3)
      try await store.devices.end(
        familyOf: PresentedRefreshToken(hash: [250], family: DeviceID(UUID())), cause: .signedOut)
      #expect(try await store.revoked().count == 3)
    }
  }

  @Test("no user can end another user's device", arguments: IdentityStoreKind.allCases)
  func anothers(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      let other = try await store.device([9])
      #expect(try await !store.devices.end(device.id, user: other.user, cause: .signedOut))
      try await store.devices.endAll(of: other.user, except: nil, cause: .signedOut)
      #expect(try await store.revoked() == [other.id])
      #expect(isRotated(try await rotate(store, 1, to: 2)))
    }
  }

  @Test("all devices of a user are ended but one", arguments: IdentityStoreKind.allCases)
  func endAll(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let first = try await store.device([1])
      let others = [
        try await store.device([2], of: first.user).id, try await store.device([3], of: first.user).id,
      ]
      try await store.devices.endAll(of: first.user, except: first.id, cause: .passwordChanged)
      #expect(try await store.revoked() == Set(others))
      for other in others { #expect(try await store.cause(of: other) == "password_changed") }
      #expect(try await store.devices.signedIn(first.user, after: nil, limit: 10).map(\.id) == [first.id])
      try await store.devices.endAll(of: first.user, except: nil, cause: .passwordReset)
      #expect(try await store.devices.signedIn(first.user, after: nil, limit: 10).isEmpty)
      #expect(try await store.cause(of: others[0]) == "password_changed")
    }
  }

  @Test("a user sees their signed-in devices, the newest first, in pages", arguments: IdentityStoreKind.allCases)
  func list(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let first = try await store.device([1])
      var ids = [first.id]
      for token in 2...5 as ClosedRange<UInt8> {
        try await store.advance(.seconds(60))
        ids.append(try await store.device([token], of: first.user).id)
      }
      _ = try await store.device([9])
      _ = try await rotate(store, 1, to: 10, network: ClientNetwork(address: "198.51.100.7"))
      try await store.devices.end(ids[1], user: first.user, cause: .signedOut)
      let all = try await store.devices.signedIn(first.user, after: nil, limit: 10)
      #expect(all.map(\.id) == [ids[4], ids[3], ids[2], ids[0]])
      let oldest = try #require(all.last)
      #expect(oldest.network == "198.51.100.0/24" && oldest.userAgent == "test")
      #expect(oldest.lastUsedAt.timeIntervalSince(oldest.createdAt) > 200)
      #expect(all[0].network == "203.0.113.0/24" && all[0].lastUsedAt == all[0].createdAt)
      var (pages, cursor): ([DeviceID], DeviceCursor?) = ([], nil)
      repeat {
        let page = try await store.devices.signedIn(first.user, after: cursor, limit: 3)
        pages += page.map(\.id)
        cursor = page.last.map { DeviceCursor(createdAt: $0.createdAt, id: $0.id) }
      } while cursor != nil
      #expect(pages == all.map(\.id))
    }
  }

  @Test("a device is signed out thirty days after its last refresh", arguments: IdentityStoreKind.allCases)
  func idle(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let device = try await store.device([1])
      try await store.advance(.seconds(29 * 86_400))
      #expect(isRotated(try await rotate(store, 1, to: 2)), "signed out before thirty days")
      try await store.advance(.seconds(29 * 86_400))
      #expect(isRotated(try await rotate(store, 2, to: 3)), "a refresh did not extend the device")
      try await store.advance(.seconds(30 * 86_400 + 1))
      #expect(try await rotate(store, 3, to: 4) == .unknown)
      #expect(try await store.devices.signedIn(device.user, after: nil, limit: 10).isEmpty)
      #expect(try await store.revoked().isEmpty)
    }
  }

  @Test("a device is signed out ninety days after its sign-in, however often it refreshes")
  func absolute() async throws {
    for kind in IdentityStoreKind.allCases {
      try await IdentityStore.with(kind) { store in
        _ = try await store.device([1])
        for step in 1...4 as ClosedRange<UInt8> {
          try await store.advance(.seconds(22 * 86_400))
          #expect(isRotated(try await rotate(store, step, to: step + 1)))
        }
        // The 88th day was the last refresh.
        try await store.advance(.seconds(2 * 86_400 + 1))
        #expect(try await rotate(store, 5, to: 6) == .unknown)
      }
    }
  }

  @Test("two devices never share a token", arguments: IdentityStoreKind.allCases)
  func uniqueToken(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await store.device([1])
      await #expect(throws: IdentityError.unavailable) { try await store.device([1]) }
    }
  }

  @Test("an account and its first device are stored together, or neither is", arguments: IdentityStoreKind.allCases)
  func together(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      _ = try await store.device([1])
      let address = try #require(EmailAddress("ravi@example.com"))
      let new = NewAccount(email: address, name: nil, passwordHash: "hash", googleSubject: nil, emailVerified: false)
      let told = try await store.told()
      await #expect(throws: IdentityError.unavailable) {
        try await store.accounts.create(new, device: IdentityStore.newDevice([1]))
      }
      #expect(try await store.accounts.account(email: address) == nil)
      #expect(try await store.told() == told)
      let device = IdentityStore.newDevice([2])
      let account = try await store.accounts.create(new, device: device)
      #expect(try await store.devices.signedIn(account.id, after: nil, limit: 10).map(\.id) == [device.id])
    }
  }

  @Test(
    "a reauthentication gives the device a new time and one more method, and a refresh keeps both",
    arguments: IdentityStoreKind.allCases)
  func reauthenticates(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let (then, now) = (Date(timeIntervalSince1970: 1_790_000_000), Date(timeIntervalSince1970: 1_790_003_600.5))
      let (id, user) = try await store.device([1], methods: ["google"], at: then)
      let expected = DeviceSignIn(device: id, user: user, authenticatedAt: now, methods: ["google", "pwd", "otp"])
      for _ in 0..<2 {
        let signIn = try await store.devices.reauthenticate(id, user: user, by: ["pwd", "otp"], at: now)
        #expect(signIn == expected)
      }
      #expect(try await store.rotate(1, to: 2) == .rotated(expected))
      #expect(try await store.devices.reauthenticate(id, user: UserID(UUID()), by: ["pwd"], at: now) == nil)
      #expect(try await store.devices.end(id, user: user, cause: .signedOut))
      #expect(try await store.devices.reauthenticate(id, user: user, by: ["pwd"], at: now) == nil)
    }
  }
}
