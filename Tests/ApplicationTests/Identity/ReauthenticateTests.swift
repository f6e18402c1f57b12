import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("Proving one's identity once more")
struct ReauthenticateTests {
  let world = IdentityWorld()

  /// A device whose sign-in is an hour old.
  private func signedIn() async throws -> (tokens: Tokens, claims: AccessTokenClaims) {
    let tokens = try await world.registered()
    world.clock.advance(.seconds(3_600))
    return (tokens, try world.claims(tokens))
  }

  private func prove(
    _ claims: AccessTokenClaims, _ proof: ReauthenticationProof
  ) async throws -> FakeTokens.Signed {
    let issued = try await world.reauthenticate(proof, of: claims, fromPage: false)
    #expect(issued.account.id == claims.userID)
    return try #require(world.tokens.read(issued.accessToken))
  }

  private func enrol(_ claims: AccessTokenClaims) async throws -> [UInt8] {
    let secret = try #require(Base32.standard.decode(try await world.beginTOTP(claims.userID).secret))
    _ = try await world.confirmTOTP(code(secret), of: claims)
    world.clock.advance(.seconds(30))
    return secret
  }

  private func code(_ secret: [UInt8]) -> String {
    TOTP.fake.code(secret, step: TOTP.step(at: world.clock.now().unixSeconds))
  }

  @Test("the password gives the device a token with a new time, which refreshes keep")
  func password() async throws {
    let (tokens, claims) = try await signedIn()
    let signed = try await prove(claims, ReauthenticationProof(password: "correct horse"))
    #expect(signed.claims.authenticatedAt == world.clock.now() && signed.claims.deviceID == claims.deviceID)
    #expect(signed.methods == ["pwd"])
    let proven = world.clock.now()
    world.clock.advance(.seconds(60))
    let next = try world.claims(try await world.refresh(tokens.refreshToken))
    #expect(next.authenticatedAt == proven)
  }

  @Test("a stolen session guesses no more passwords than a stranger, and other devices still get in")
  func guessed() async throws {
    let (_, claims) = try await signedIn()
    var seen: [IdentityError?] = []
    func guess(_ count: Int) async {
      for _ in 0..<count {
        do {
          _ = try await prove(claims, ReauthenticationProof(password: "wrong horse"))
          seen.append(nil)
        } catch { seen.append(error as? IdentityError) }
      }
    }
    await guess(11)
    #expect(seen == Array(repeating: .invalidCredentials, count: 10) + [.attemptLimit(retryAfter: .seconds(6))])
    for _ in 0..<9 {
      world.clock.advance(.seconds(60))
      await guess(10)
    }
    #expect(seen.count { $0 == .invalidCredentials } == 100)
    #expect(world.accounts.requested(.resetPassword).count == 1)
    world.clock.advance(.seconds(3_600))
    for password in ["wrong horse", "correct horse"] {
      await #expect(throws: IdentityError.passwordLocked) {
        try await prove(claims, ReauthenticationProof(password: password))
      }
    }
    _ = try await world.signIn(email: try world.address(), password: "correct horse", userAgent: nil)
  }

  @Test("what is wrong, missing or another's proves nothing")
  func refused() async throws {
    let (_, claims) = try await signedIn()
    let other = GoogleIdentity(subject: "google-2", email: try world.address("ravi@example.com"), name: nil)
    world.google.issue("other", to: other)
    for proof in [
      ReauthenticationProof(password: "battery staple"), ReauthenticationProof(credential: "other"),
      ReauthenticationProof(credential: "made up"), ReauthenticationProof(answer: .code("000000")),
      ReauthenticationProof(password: "correct horse", answer: .code("000000")),
      ReauthenticationProof(password: "correct horse", credential: "other"), ReauthenticationProof(),
    ] {
      await #expect(throws: IdentityError.invalidCredentials) { try await prove(claims, proof) }
    }
  }

  @Test("a Google credential proves the account that it is linked to, once")
  func google() async throws {
    let (_, claims) = try await signedIn()
    _ = try await world.links.link(googleSubject: "google-1", to: claims.userID)
    let person = GoogleIdentity(subject: "google-1", email: try world.address(), name: nil)
    world.google.issue("credential", to: person)
    let proof = ReauthenticationProof(credential: "credential")
    #expect(try await prove(claims, proof).methods == ["pwd", "google"])
    await #expect(throws: IdentityError.invalidCredentials) { try await prove(claims, proof) }
  }

  @Test("an account with a second factor is asked for a code, and the password is not enough")
  func secondFactor() async throws {
    let (_, claims) = try await signedIn()
    let secret = try await enrol(claims)
    await #expect(throws: IdentityError.codeRequired) {
      try await prove(claims, ReauthenticationProof(password: "correct horse"))
    }
    let proof = ReauthenticationProof(answer: .code(code(secret)))
    #expect(try await prove(claims, proof).methods == ["pwd", "otp"])
    await #expect(throws: IdentityError.invalidCredentials) { try await prove(claims, proof) }
  }

  @Test("the password alone does not renew an operator's proof, of whatever device")
  func operatorProof() async throws {
    let (_, own) = try await signedIn()
    world.accounts.grant(.operator, to: own.userID)
    // As after a sign-in with a passkey, which is no app.
    let claims = AccessTokenClaims(
      userID: own.userID, deviceID: own.deviceID, scope: [Scope.operator.rawValue], issuedAt: own.issuedAt,
      authenticatedAt: own.authenticatedAt, expiresAt: own.expiresAt)
    await #expect(throws: IdentityError.codeRequired) {
      try await prove(claims, ReauthenticationProof(password: "correct horse"))
    }
  }

  @Test("a device that has ended gets no token, nor does a disabled account")
  func ended() async throws {
    let (_, claims) = try await signedIn()
    let proof = ReauthenticationProof(password: "correct horse")
    _ = try await world.devices.end(claims.deviceID, user: claims.userID, cause: .signedOutElsewhere)
    await #expect(throws: IdentityError.invalidToken) { try await prove(claims, proof) }
    world.accounts.disable(claims.userID)
    await #expect(throws: IdentityError.accountDisabled) { try await prove(claims, proof) }
  }

  @Test("a mailed code is a proof once, of its own account, and no second factor")
  func mailedCode() async throws {
    let (_, claims) = try await signedIn()
    try await world.accounts.requestReauthentication(of: claims.userID)
    let code = try await world.code(.reauthenticate)
    let other = try world.claims(try await world.registered("ravi@example.com"))
    await #expect(throws: IdentityError.invalidCredentials) {
      try await prove(other, ReauthenticationProof(answer: .code(code.text)))
    }
    let signed = try await prove(claims, ReauthenticationProof(answer: .code(code.shown)))
    #expect(signed.claims.authenticatedAt == world.clock.now() && signed.methods == ["pwd", "email"])
    await #expect(throws: IdentityError.invalidCredentials) {
      try await prove(claims, ReauthenticationProof(answer: .code(code.text)))
    }
    // Enrolling withdraws a code that was mailed before.
    _ = try await enrol(claims)
    try await world.accounts.requestReauthentication(of: claims.userID)
    let next = try await world.code(.reauthenticate)
    await #expect(throws: IdentityError.invalidCredentials) {
      try await prove(claims, ReauthenticationProof(password: "correct horse", answer: .code(next.text)))
    }
  }

  @Test("after five wrong codes the mailed one proves nothing")
  func mailedCodeTries() async throws {
    let (_, claims) = try await signedIn()
    try await world.accounts.requestReauthentication(of: claims.userID)
    let code = try await world.code(.reauthenticate)
    let wrong = MailedCode((UInt64(code.text) ?? 0) + 1)
    for text in [wrong, wrong, wrong, wrong, wrong, code].map(\.text) {
      await #expect(throws: IdentityError.invalidCredentials) {
        try await prove(claims, ReauthenticationProof(answer: .code(text)))
      }
    }
  }

  /// A passkey of the user, without a browser.
  private func passkey(_ user: UserID, seed: UInt8) async throws -> SoftAuthenticator {
    let soft = SoftAuthenticator(user: user, seed: seed)
    let credential = NewPasskeyCredential(
      id: soft.credentialID, publicKey: try PasskeyPublicKey(cose: soft.publicKey), cose: soft.publicKey, counter: 0,
      isBackupEligible: false, isBackedUp: false)
    _ = try await world.accounts.add(credential, name: "n", transports: [], to: user)
    return soft
  }

  private func answer(_ soft: SoftAuthenticator, _ challenge: [UInt8]) throws -> PasskeySignInAnswer {
    let client = soft.clientData("webauthn.get", Base64URL.encode(challenge))
    let data = soft.authenticatorData(flags: SoftAuthenticator.usual, counter: 0)
    return PasskeySignInAnswer(
      credentialID: soft.credentialID, clientData: client, authenticatorData: data,
      signature: try soft.signature(data, client), userHandle: soft.user.passkeyHandle)
  }

  @Test("a passkey of the account is a proof by a challenge for this user, once, and answers for the second factor")
  func passkeys() async throws {
    let (_, claims) = try await signedIn()
    let own = try await passkey(claims.userID, seed: 1)
    let other = try world.claims(try await world.registered("ravi@example.com"))
    let others = try await passkey(other.userID, seed: 2)
    _ = try await enrol(claims)
    let offered = try await world.proveByPasskey.offer(to: claims.userID)
    #expect(offered.passkeys.map(\.credentialID) == [own.credentialID])
    let othersChallenge = try await world.proveByPasskey.offer(to: other.userID).challenge
    let signIn = SignInWithPasskey(
      accounts: world.accounts, passkeys: world.accounts, challenges: world.passkeyChallenges,
      cryptography: FakePasskeyCryptography(), relyingParty: PasskeyRelyingParty(publicURL: "https://talk.example"),
      issue: world.issue)
    let wrong = [
      try answer(others, offered.challenge), try answer(own, othersChallenge), try answer(own, signIn.challenge()),
      try answer(try await passkey(claims.userID, seed: 3), [1, 2, 3]),
    ]
    for answer in wrong {
      await #expect(throws: IdentityError.invalidCredentials) {
        try await prove(claims, ReauthenticationProof(passkey: answer))
      }
    }
    let right = try answer(own, offered.challenge)
    await #expect(throws: PasskeyError.refused) { try await signIn(right, userAgent: nil) }
    let signed = try await prove(claims, ReauthenticationProof(passkey: right))
    #expect(signed.claims.authenticatedAt == world.clock.now() && signed.methods == ["pwd", "passkey"])
    await #expect(throws: IdentityError.invalidCredentials) {
      try await prove(claims, ReauthenticationProof(passkey: right))
    }
  }
}
