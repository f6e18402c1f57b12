import Application
import Domain
import Fakes
import Testing

/// Identity's use cases over fakes.
struct IdentityWorld {
  let clock = FakeClock()
  let accounts: InMemoryAccountRepository
  let devices: InMemoryDeviceRepository
  let passwords = FakePasswords()
  let tokens = FakeTokens()
  let google = FakeGoogle()
  let nonces = InMemoryGoogleNonceStore()
  let used = InMemoryUsedCredentialStore()
  let links: InMemoryGoogleLinkRepository
  let issue: IssueTokens
  let random = FakeRandom(seed: 2)

  init() {
    devices = InMemoryDeviceRepository(clock: clock)
    accounts = InMemoryAccountRepository(clock: clock, devices: devices)
    links = InMemoryGoogleLinkRepository(accounts: accounts, devices: devices)
    issue = IssueTokens(
      devices: devices, challenges: devices, signer: tokens, refreshTokens: tokens, hashes: tokens, clock: clock,
      random: FakeRandom())
  }

  var register: Register { Register(accounts: accounts, passwords: passwords, issue: issue) }
  var signIn: SignIn { signIn(passwords) }
  func signIn(_ passwords: any PasswordHasher) -> SignIn {
    SignIn(accounts: accounts, passwords: passwords, limit: limit, issue: issue)
  }
  let knownDevices = FakeKnownDevices()
  var limit: LimitPasswordAttempts {
    LimitPasswordAttempts(attempts: accounts, knownDevices: knownDevices, links: accounts, policy: .production)
  }
  var redeem: RedeemGoogleCredential {
    RedeemGoogleCredential(google: google, nonces: nonces, used: used, hashes: tokens, random: FakeRandom())
  }
  var signInWithGoogle: SignInWithGoogle {
    SignInWithGoogle(redeem: redeem, accounts: accounts, links: links, issue: issue)
  }
  var linkGoogle: LinkGoogle { LinkGoogle(redeem: redeem, links: links) }
  var unlinkGoogle: UnlinkGoogle { UnlinkGoogle(links: links) }
  var refresh: ExchangeRefreshToken { ExchangeRefreshToken(accounts: accounts, issue: issue) }
  let limiter = InMemoryRateLimiter()
  var read: ReadMailedAccountLink { read(accounts) }
  func read(_ links: any MailedAccountLinkRepository) -> ReadMailedAccountLink {
    ReadMailedAccountLink(
      links: links, secrets: FakeLinks(),
      limitCodeTries: LimitCodeTries(limiter: limiter, secrets: FakeLinks(), limit: LimitCodeTries.production))
  }
  var confirm: ConfirmPassword { ConfirmPassword(accounts: accounts, passwords: passwords, limit: limit) }
  var verifyEmail: VerifyEmail { VerifyEmail(read: read, changes: accounts) }
  var undoEmailChange: UndoEmailChange { UndoEmailChange(read: read, changes: accounts) }
  var requestEmailChange: RequestEmailChange { RequestEmailChange(confirm: confirm, links: accounts) }
  let refuseBreached = RefuseBreachedPassword(directory: FakeBreachedPasswords(["a breached lake"]))
  var changePassword: ChangePassword {
    ChangePassword(
      confirm: confirm, changes: accounts, policy: PasswordPolicy(), refuseBreached: refuseBreached)
  }
  var resetPassword: ResetPassword {
    ResetPassword(
      read: read, accounts: accounts, passwords: passwords, changes: accounts, policy: PasswordPolicy(),
      refuseBreached: refuseBreached)
  }

  var verifySecondFactor: VerifySecondFactor {
    VerifySecondFactor(factors: accounts, secrets: FakeTOTPSecrets(), totp: .fake, hashes: tokens)
  }
  var answerChallenge: AnswerSignInChallenge {
    AnswerSignInChallenge(accounts: accounts, verify: verifySecondFactor, issue: issue)
  }
  var beginTOTP: BeginTOTPEnrolment {
    BeginTOTPEnrolment(accounts: accounts, factors: accounts, secrets: FakeTOTPSecrets(), random: random)
  }
  var confirmTOTP: ConfirmTOTPEnrolment {
    ConfirmTOTPEnrolment(
      factors: accounts, secrets: FakeTOTPSecrets(), totp: .fake, hashes: tokens, random: random)
  }
  var reauthenticate: Reauthenticate {
    Reauthenticate(
      confirm: confirm, redeem: redeem, verify: verifySecondFactor, passkey: proveByPasskey, read: read, issue: issue)
  }
  var passkeyChallenges: PasskeyChallenges {
    PasskeyChallenges(
      minter: FakePasskeyChallenges(), used: used, hashes: tokens, clock: clock, random: random)
  }
  var proveByPasskey: ProveByPasskey {
    ProveByPasskey(
      passkeys: accounts, challenges: passkeyChallenges, cryptography: FakePasskeyCryptography(),
      relyingParty: PasskeyRelyingParty(publicURL: "https://talk.example"))
  }

  /// Stores a passkey of the user.
  func addPasskey(to user: UserID) async throws -> PasskeyAddResult {
    let soft = SoftAuthenticator(user: user, seed: 1, publicURL: "https://talk.example")
    return try await accounts.add(
      NewPasskeyCredential(
        id: soft.credentialID, publicKey: try PasskeyPublicKey(cose: soft.publicKey), cose: soft.publicKey, counter: 0,
        isBackupEligible: false, isBackedUp: false), name: "Passkey", transports: [], to: user)
  }

  func address(_ text: String = "asha@example.com") throws -> EmailAddress { try #require(EmailAddress(text)) }

  func registered(_ email: String = "asha@example.com") async throws -> Tokens {
    try await register(
      email: try address(email), password: Password("correct horse"), name: "Asha", userAgent: "test")
  }

  /// The last link that a mail was asked for.
  func link(_ purpose: MailedAccountLinkPurpose = .verifyEmail) async throws -> MailedLinkToken {
    let id = try #require(accounts.requested(purpose).last)
    let link = try #require(try await accounts.link(id))
    let secret = FakeLinks().secret(purpose: purpose.rawValue, id: id, user: link.user, expires: link.expiresAt)
    return MailedLinkToken(id: id, secret: secret)
  }

  /// The code beside that link.
  func code(_ purpose: MailedAccountLinkPurpose) async throws -> MailedCode {
    let id = try #require(accounts.requested(purpose).last)
    let link = try #require(try await accounts.link(id))
    return FakeLinks().code(purpose: purpose.rawValue, id: id, user: link.user, expires: link.expiresAt)
  }

  func claims(_ tokens: Tokens) throws -> AccessTokenClaims {
    try #require(self.tokens.read(tokens.accessToken)).claims
  }
}
