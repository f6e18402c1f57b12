import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

@Suite("The second factor of an account")
struct SecondFactorTests {
  let world = IdentityWorld()

  private struct Owner {
    let user: UserID
    let claims: AccessTokenClaims
    let secret: [UInt8]
    let recoveryCodes: [RecoveryCode]
  }

  /// A user with an app, in the step after the one whose code confirmed it.
  private func enrolled(_ email: String = "asha@example.com") async throws -> Owner {
    let claims = try world.claims(try await world.registered(email))
    let enrolment = try await world.beginTOTP(claims.userID)
    let secret = try #require(Base32.standard.decode(enrolment.secret))
    #expect(secret.count == 20 && enrolment.uri.contains("secret=\(enrolment.secret)&"))
    let codes = try await world.confirmTOTP(code(secret), of: claims)
    world.clock.advance(.seconds(30))
    return Owner(user: claims.userID, claims: claims, secret: secret, recoveryCodes: codes)
  }

  /// - Parameter step: counted from the present one.
  private func code(_ secret: [UInt8], _ step: Int64 = 0) -> String {
    TOTP.fake.code(secret, step: TOTP.step(at: world.clock.now().unixSeconds) + step)
  }

  private func signIn(_ email: String = "asha@example.com") async throws -> Tokens {
    try await world.signIn(email: try world.address(email), password: "correct horse", userAgent: nil)
  }

  /// The token of a sign-in that waits.
  private func challenge(_ email: String = "asha@example.com") async throws -> String {
    do {
      _ = try await signIn(email)
    } catch IdentityError.secondFactorRequired(let challenge) {
      return challenge.token
    }
    throw IdentityError.unavailable
  }

  private func answer(_ token: String, _ answer: SecondFactorAnswer) async throws -> Tokens {
    try await world.answerChallenge(token, answer, userAgent: "test")
  }

  private func methods(_ tokens: Tokens) -> [String]? { world.tokens.read(tokens.accessToken)?.methods }

  @Test("the password alone signs nobody in, and with the code it does")
  func signsIn() async throws {
    let owner = try await enrolled()
    #expect(Set(owner.recoveryCodes).count == 10)
    let open = world.devices.open
    let token = try await challenge()
    #expect(world.devices.open == open && token.hasPrefix("tt_c_"))
    let tokens = try await answer(token, .code(code(owner.secret)))
    #expect(tokens.account.id == owner.user && tokens.account.hasSecondFactor)
    #expect(methods(tokens) == ["pwd", "otp"])
    #expect(try world.claims(tokens).authenticatedAt == world.clock.now())
    let refreshed = try await world.refresh(tokens.refreshToken)
    #expect(methods(refreshed) == ["pwd", "otp"])
    // The challenge is used up.
    await #expect(throws: IdentityError.invalidToken) { try await answer(token, .code(code(owner.secret, 0))) }
  }

  @Test("a code signs in once, also when it confirmed the app, and the next one signs in again")
  func once() async throws {
    let owner = try await enrolled()
    let before = code(owner.secret, -1)
    let first = try await challenge()
    await #expect(throws: IdentityError.invalidCredentials) { try await answer(first, .code(before)) }
    _ = try await answer(first, .code(code(owner.secret)))
    let second = try await challenge()
    await #expect(throws: IdentityError.invalidCredentials) { try await answer(second, .code(code(owner.secret))) }
    world.clock.advance(.seconds(30))
    _ = try await answer(second, .code(code(owner.secret)))
  }

  @Test("after five wrong codes the right one fails, too, and a new sign-in asks again")
  func five() async throws {
    let owner = try await enrolled()
    let token = try await challenge()
    let wrong = code(owner.secret) == "000000" ? "000001" : "000000"
    for _ in 0..<5 {
      await #expect(throws: IdentityError.invalidCredentials) { try await answer(token, .code(wrong)) }
    }
    await #expect(throws: IdentityError.invalidToken) { try await answer(token, .code(code(owner.secret))) }
    _ = try await answer(try await challenge(), .code(code(owner.secret)))
  }

  @Test("a recovery code answers once, however it is typed, and only for its own account")
  func recovers() async throws {
    let owner = try await enrolled()
    _ = try await enrolled("ravi@example.com")
    let typed = owner.recoveryCodes[3].shown.uppercased().replacing("-", with: " ")
    let foreign = try await challenge("ravi@example.com")
    await #expect(throws: IdentityError.invalidCredentials) { try await answer(foreign, .recoveryCode(typed)) }
    let tokens = try await answer(try await challenge(), .recoveryCode(typed))
    #expect(tokens.account.id == owner.user && methods(tokens) == ["pwd", "recovery"])
    for text in [typed, "nonsense"] {
      let token = try await challenge()
      await #expect(throws: IdentityError.invalidCredentials) { try await answer(token, .recoveryCode(text)) }
    }
  }

  @Test("the challenge of one account is not answered by another's code")
  func foreign() async throws {
    let owner = try await enrolled()
    let other = try await enrolled("ravi@example.com")
    let token = try await challenge()
    await #expect(throws: IdentityError.invalidCredentials) { try await answer(token, .code(code(other.secret, 5))) }
    #expect(try await answer(token, .code(code(owner.secret))).account.id == owner.user)
  }

  @Test("a sign-in with Google asks for the second factor, too")
  func google() async throws {
    let owner = try await enrolled()
    _ = try await world.links.link(googleSubject: "google-1", to: owner.user)
    let person = GoogleIdentity(subject: "google-1", email: try world.address(), name: nil)
    world.google.issue("credential", to: person)
    do {
      _ = try await world.signInWithGoogle(credential: "credential", nonce: nil, fromPage: false, userAgent: nil)
      Issue.record("signed in without the second factor")
    } catch IdentityError.secondFactorRequired(let challenge) {
      let tokens = try await answer(challenge.token, .code(code(owner.secret)))
      #expect(tokens.account.id == owner.user && methods(tokens) == ["google", "otp"])
    }
  }

  @Test("a new password ends the sign-ins that wait with the old one")
  func passwordChanged() async throws {
    let owner = try await enrolled()
    let token = try await challenge()
    try await world.changePassword(
      of: owner.user, from: "correct horse", to: "battery staple", keeping: owner.claims.deviceID)
    await #expect(throws: IdentityError.invalidToken) { try await answer(token, .code(code(owner.secret))) }
  }

  @Test("an operator's rights are in a token only after a code of the app or a passkey, and a refresh keeps that")
  func operators() async throws {
    let owner = try await enrolled()
    world.accounts.grant(.operator, to: owner.user)
    let byCode = try await answer(try await challenge(), .code(code(owner.secret)))
    #expect(try world.claims(byCode).isOperator && byCode.expiresIn == .seconds(900))
    let refreshed = try await world.refresh(byCode.refreshToken)
    #expect(try world.claims(refreshed).role == .admin)
    world.accounts.grant(.operator, role: .support, to: owner.user)
    let support = try await world.refresh(refreshed.refreshToken)
    #expect(try world.claims(support).isOperator(.support) && !world.claims(support).isOperator(.finance))
    world.accounts.grant(.operator, role: nil, to: owner.user)
    #expect(try await !world.claims(world.refresh(support.refreshToken)).isOperator)
    #expect(try world.claims(refreshed).isOperator && refreshed.expiresIn == .seconds(900))
    let byRecovery = try await answer(try await challenge(), .recoveryCode(owner.recoveryCodes[0].text))
    #expect(try !world.claims(byRecovery).isOperator && byRecovery.expiresIn == .seconds(86_400))
    #expect(byRecovery.account.scope == ["operator"])
    try await world.accounts.remove(owner.user)
    let byPassword = try await signIn()
    #expect(try !world.claims(byPassword).isOperator)
  }

  @Test("an operator with an app or a passkey changes ways to sign in after a sign-in with it only")
  func operatorsOwn() async throws {
    let demand = DemandOperatorSignIn(accounts: world.accounts)
    let byPassword = try world.claims(try await world.registered())
    let user = byPassword.userID
    let byApp = AccessTokenClaims(
      userID: user, deviceID: byPassword.deviceID, scope: ["operator"], role: .admin, issuedAt: byPassword.issuedAt,
      authenticatedAt: byPassword.authenticatedAt, expiresAt: byPassword.expiresAt)
    _ = try await world.addPasskey(to: user)
    // A user's passkey demands nothing of the password.
    try await demand(byPassword)
    world.accounts.grant(.operator, to: user)
    await #expect(throws: IdentityError.operatorSignInRequired) { try await demand(byPassword) }
    try await demand(byApp)
    // A recovery code gives no operator's rights, so it changes nothing either.
    let other = try await enrolled("ravi@example.com")
    world.accounts.grant(.operator, to: other.user)
    let recovered = try await answer(
      try await challenge("ravi@example.com"), .recoveryCode(other.recoveryCodes[0].text))
    await #expect(throws: IdentityError.operatorSignInRequired) { try await demand(try world.claims(recovered)) }
  }

  @Test("an operator with neither app nor passkey enrols the first after a sign-in by password")
  func operatorsFirst() async throws {
    let demand = DemandOperatorSignIn(accounts: world.accounts)
    let claims = try world.claims(try await world.registered())
    world.accounts.grant(.operator, to: claims.userID)
    _ = try await world.beginTOTP(claims.userID)
    // An app that waits for its code is none yet.
    try await demand(claims)
  }

  @Test("the factor is confirmed by a code of its own secret, once, and ends the other devices")
  func confirms() async throws {
    let claims = try world.claims(try await world.registered())
    _ = try await signIn()
    await #expect(throws: IdentityError.enrolmentNotFound) { try await world.confirmTOTP("000000", of: claims) }
    let secret = try #require(Base32.standard.decode(try await world.beginTOTP(claims.userID).secret))
    let wrong = code(secret) == "000000" ? "000001" : "000000"
    await #expect(throws: IdentityError.invalidCredentials) { try await world.confirmTOTP(wrong, of: claims) }
    // Until then the password is enough.
    _ = try await signIn()
    _ = try await world.confirmTOTP(code(secret), of: claims)
    #expect(world.devices.open == [claims.deviceID])
    #expect(Set(world.devices.causes.values) == [.secondFactorAdded])
    await #expect(throws: IdentityError.alreadyEnrolled) { try await world.beginTOTP(claims.userID) }
    try await world.accounts.remove(claims.userID)
    _ = try await signIn()
  }
}
