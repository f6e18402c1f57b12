import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Guessing passwords")
struct LimitPasswordAttemptsTests {
  let world = IdentityWorld()

  private func signIn(_ password: String, _ email: String = "asha@example.com", _ proofs: [String] = []) async throws {
    _ = try await world.signIn(
      email: try world.address(email), password: password, knownDeviceProofs: proofs, userAgent: nil)
  }

  /// The error of each wrong password.
  private func wrong(_ count: Int, _ email: String = "asha@example.com") async -> [IdentityError?] {
    var errors: [IdentityError?] = []
    for _ in 0..<count {
      do {
        try await signIn("wrong horse", email)
        errors.append(nil)
      } catch { errors.append(error as? IdentityError) }
    }
    return errors
  }

  @Test("after ten wrong passwords the right one is not compared either, for a known and an unknown address alike")
  func limited() async throws {
    _ = try await world.registered()
    for email in ["asha@example.com", "nobody@example.com"] {
      let before = world.passwords.hashings
      let errors = await wrong(12, email)
      #expect(errors.prefix(10).allSatisfy { $0 == .invalidCredentials })
      #expect(errors.suffix(2).allSatisfy { $0 == .attemptLimit(retryAfter: .seconds(6)) })
      #expect(world.passwords.hashings - before == 10)
    }
    await #expect(throws: IdentityError.attemptLimit(retryAfter: .seconds(6))) { try await signIn("correct horse") }
    world.clock.advance(.seconds(6))
    try await signIn("correct horse")
    // The right password gave back all attempts.
    #expect(await wrong(10).allSatisfy { $0 == .invalidCredentials })
  }

  @Test("of ten thousand wrong passwords ten are compared, and the owner gets in from a known browser meanwhile")
  func tenThousand() async throws {
    let owner = try await world.registered()
    let proof = world.knownDevices.proof(of: owner.deviceID, for: owner.account)
    let before = world.passwords.hashings
    let errors = await wrong(10_000)
    #expect(errors.count { $0 == .invalidCredentials } == 10)
    #expect(errors.count { $0 == .attemptLimit(retryAfter: .seconds(6)) } == 9_990)
    #expect(world.passwords.hashings - before == 10)
    try await signIn("correct horse", "asha@example.com", [proof])
    #expect(world.accounts.requested(.resetPassword).isEmpty)
  }

  @Test("a device that has signed in before gets in while strangers are refused, and is limited itself")
  func knownDevice() async throws {
    let owner = try await world.registered()
    let proof = world.knownDevices.proof(of: owner.deviceID, for: owner.account)
    _ = await wrong(12)
    try await signIn("correct horse", "asha@example.com", ["of another account", proof])
    for _ in 0..<10 {
      await #expect(throws: IdentityError.invalidCredentials) {
        try await signIn("wrong horse", "asha@example.com", [proof])
      }
    }
    await #expect(throws: IdentityError.attemptLimit(retryAfter: .seconds(6))) {
      try await signIn("correct horse", "asha@example.com", [proof])
    }
  }

  @Test("a proof of one account says nothing about another account")
  func foreignProof() async throws {
    let owner = try await world.registered()
    let other = try await world.registered("ravi@example.com")
    _ = await wrong(10)
    await #expect(throws: IdentityError.attemptLimit(retryAfter: .seconds(6))) {
      try await signIn(
        "correct horse", "asha@example.com", [world.knownDevices.proof(of: owner.deviceID, for: other.account)])
    }
  }

  @Test("proofs from before a reset, or before the end of all other devices, have one count together")
  func formerProof() async throws {
    for isReset in [true, false] {
      let world = IdentityWorld()
      let owner = try await world.registered()
      let proofs = [owner.deviceID, DeviceID(UUID())].map { world.knownDevices.proof(of: $0, for: owner.account) }
      if isReset {
        try await world.accounts.requestPasswordReset(of: try world.address())
        try await world.resetPassword(try await world.link(.resetPassword).text, to: "correct horse")
      } else {
        try await ManageDevices(devices: world.devices).endOthers(of: try world.claims(owner))
      }
      func signIn(_ password: String, _ proofs: [String]) async throws {
        _ = try await world.signIn(
          email: try world.address(), password: password, knownDeviceProofs: proofs, userAgent: nil)
      }
      let policy = PasswordAttemptPolicy.production
      for _ in 0..<10 { _ = try await world.accounts.begin(try world.address(), from: nil, policy) }
      let limited = IdentityError.attemptLimit(retryAfter: .seconds(6))
      await #expect(throws: limited) { try await signIn("correct horse", []) }
      for proof in proofs { try await signIn("correct horse", [proof]) }
      for number in 0..<10 {
        await #expect(throws: IdentityError.invalidCredentials) {
          try await signIn("wrong horse", [proofs[number % 2]])
        }
      }
      for proof in proofs {
        await #expect(throws: limited) { try await signIn("correct horse", [proof]) }
      }
      let now = try #require(try await world.accounts.account(owner.account.id))
      try await signIn("correct horse", proofs + [world.knownDevices.proof(of: owner.deviceID, for: now)])
    }
  }

  @Test("after 100 wrong passwords in a row the address gets one mailed link, and a reset lets its owner in")
  func locked() async throws {
    let owner = try await world.registered()
    var seen: [IdentityError?] = []
    while seen.count < 100 {
      seen += await wrong(10)
      world.clock.advance(.seconds(60))
    }
    #expect(seen.allSatisfy { $0 == .invalidCredentials })
    #expect(world.accounts.requested(.resetPassword).count == 1)
    await #expect(throws: IdentityError.passwordLocked) { try await signIn("correct horse") }
    world.clock.advance(.seconds(3_600))
    await #expect(throws: IdentityError.passwordLocked) { try await signIn("correct horse") }
    let proof = world.knownDevices.proof(of: owner.deviceID, for: owner.account)
    try await signIn("correct horse", "asha@example.com", [proof])
    #expect(world.accounts.requested(.resetPassword).count == 1)
    try await world.accounts.requestPasswordReset(of: try world.address())
    try await world.resetPassword(try await world.link(.resetPassword).text, to: "another horse")
    try await signIn("another horse")
  }

  @Test("an attempt is not counted while no password is compared, and the last one still gets its mail")
  func notCompared() async throws {
    _ = try await world.registered()
    for email in ["asha@example.com", "nobody@example.com"] {
      world.passwords.beBusy()
      #expect(await wrong(30, email).allSatisfy { $0 == .unavailable })
      world.passwords.beBusy(false)
      #expect(await wrong(10, email).allSatisfy { $0 == .invalidCredentials })
      world.clock.advance(.seconds(60))
    }
    for _ in 0..<8 {
      _ = await wrong(10)
      world.clock.advance(.seconds(60))
    }
    _ = await wrong(9)
    world.passwords.beBusy()
    #expect(await wrong(3).allSatisfy { $0 == .unavailable })
    #expect(world.accounts.requested(.resetPassword).isEmpty)
    world.passwords.beBusy(false)
    #expect(await wrong(2) == [.invalidCredentials, .passwordLocked])
    #expect(world.accounts.requested(.resetPassword).count == 1)
  }

  @Test("the last attempt gets its mail also if only one form of its password could be compared")
  func halfCompared() async throws {
    for isSignedIn in [false, true] {
      let world = IdentityWorld()
      let owner = try await world.registered()
      let device = isSignedIn ? owner.deviceID : nil
      let policy = PasswordAttemptPolicy.production
      for _ in 0..<99 {
        _ = try await world.accounts.begin(try world.address(), from: device, policy)
        world.clock.advance(.seconds(6))
      }
      // A decomposed text, of which the composed form is compared first.
      let typed = "cafe\u{301} horse"
      world.passwords.beBusy(after: 1)
      let before = world.passwords.hashings
      await #expect(throws: IdentityError.unavailable) {
        if isSignedIn {
          try await world.requestEmailChange(
            of: owner.account.id, on: owner.deviceID, to: try world.address("new@example.com"), password: typed)
        } else {
          _ = try await world.signIn(email: try world.address(), password: typed, userAgent: nil)
        }
      }
      #expect(world.passwords.hashings == before + 1)
      #expect(world.accounts.requested(.resetPassword).count == 1)
      world.passwords.beBusy(false)
      if isSignedIn {
        await #expect(throws: IdentityError.passwordLocked) {
          try await world.requestEmailChange(
            of: owner.account.id, on: owner.deviceID, to: try world.address("new@example.com"), password: typed)
        }
      } else {
        await #expect(throws: IdentityError.passwordLocked) {
          _ = try await world.signIn(email: try world.address(), password: typed, userAgent: nil)
        }
      }
    }
  }

  @Test("an address without an account is locked in the same way, and gets no mail")
  func lockedNobody() async throws {
    for _ in 0..<10 {
      _ = await wrong(10, "nobody@example.com")
      world.clock.advance(.seconds(60))
    }
    await #expect(throws: IdentityError.passwordLocked) { try await signIn("wrong horse", "nobody@example.com") }
    #expect(world.accounts.requested(.resetPassword).isEmpty)
  }
}
