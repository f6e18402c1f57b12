import Application
import Domain
import Fakes
import Foundation
import HTTPServing

@testable import AuthService

/// Auth over fakes, with one account.
struct AuthStage: ServiceStage {
  static let email = "asha@example.com"
  static let newEmail = "asha.rao@example.com"
  static let password = "correct horse"

  let serving: ServingFakes
  let accounts: InMemoryAccountRepository
  let devices: InMemoryDeviceRepository
  let passwords = FakePasswords()
  let google = FakeGoogle()
  let nonces = InMemoryGoogleNonceStore()
  let googleLinks: InMemoryGoogleLinkRepository
  let trail = InMemorySecurityTrail()
  var ports: AuthPorts
  private let settings: AuthSettings

  init() throws { try self.init([:]) }

  /// - Parameter more: settings beside the required ones.
  init(_ more: [String: String]) throws {
    let clock = FakeClock()
    devices = InMemoryDeviceRepository(clock: clock)
    accounts = InMemoryAccountRepository(clock: clock, devices: devices)
    guard let email = EmailAddress(Self.email) else { throw IdentityError.accountGone }
    let user = accounts.importRow(email, hash: "hash of \(Self.password)", hasAddressProblem: false)
    serving = ServingFakes(clock: clock, user: user)
    let tokens = FakeTokens()
    googleLinks = InMemoryGoogleLinkRepository(accounts: accounts, devices: devices)
    settings = try AuthSettings(
      TestSettings.reader(
        ["JWT_SECRET_KEY": "secret", "SECRET_KEY": "secret", "GOOGLE_CLIENT_ID": "client", "CONSENT_VERSION": "v2"]
          .merging(more) { _, given in given }))
    ports = AuthPorts(
      serving: serving.ports, accounts: accounts, devices: devices, accountLinks: accounts, accountChanges: accounts,
      passwordAttempts: accounts, knownDevices: FakeKnownDevices(), trail: trail,
      users: accounts, deletions: accounts, consents: accounts, exports: accounts, carePlanMails: accounts,
      passwords: passwords,
      breachedPasswords: FakeBreachedPasswords(["a breached lake"]), google: google,
      nonces: nonces, usedCredentials: InMemoryUsedCredentialStore(),
      googleLinks: googleLinks, challenges: devices, totpFactors: accounts, totpSecrets: FakeTOTPSecrets(), totp: .fake,
      passkeys: accounts, passkeyChallenges: FakePasskeyChallenges(),
      passkeyCryptography: FakePasskeyCryptography(), signer: tokens, refreshTokens: tokens, hashes: tokens,
      links: FakeLinks(),
      random: FakeRandom(), keySet: "{\"keys\":[]}")
  }

  func api() throws -> ServiceAPI { AuthModule(settings, ports).api }

  /// A body that signs the account in.
  static let login = "{\"email\":\"\(email)\",\"password\":\"\(password)\"}"

  /// Counts attempts with wrong passwords for the account's address, as many as there may be, and lets time pass for
  /// more.
  /// - Parameter device: that they come from; nil for one that is not known.
  func attemptPasswords(_ count: Int, from device: DeviceID? = nil) async throws {
    guard let email = EmailAddress(Self.email) else { throw IdentityError.accountGone }
    for _ in 0..<count {
      if case .wait(let time) = try await accounts.begin(email, from: device, .production) {
        serving.clock.advance(time)
        _ = try await accounts.begin(email, from: device, .production)
      }
    }
  }

  /// Counts tries of mailed codes.
  func tryCodes(_ count: Int, of holder: MailedCodeHolder) async throws {
    for _ in 0..<count {
      _ = try await serving.limiter.take(LimitCodeTries.production, subject: FakeLinks().limitSubject(of: holder))
    }
  }

  /// A refresh token of the account.
  func refreshToken() async throws -> String {
    struct Body: Decodable { let refresh_token: String }
    let answer = try await answer(.post("/auth/login", body: Self.login))
    return try JSONDecoder().decode(Body.self, from: Data(answer.body.utf8)).refresh_token
  }

  /// The token of a link that is mailed for this purpose. A change is to `newEmail`.
  func link(_ purpose: MailedAccountLinkPurpose = .verifyEmail) async throws -> String {
    guard let own = EmailAddress(Self.email), let new = EmailAddress(Self.newEmail) else {
      throw IdentityError.invalidLink
    }
    switch purpose {
    case .verifyEmail: try await accounts.requestVerification(of: serving.user)
    case .resetPassword: try await accounts.requestPasswordReset(of: own)
    case .changeEmail: try await accounts.requestEmailChange(of: serving.user, to: new)
    case .reauthenticate: try await accounts.requestReauthentication(of: serving.user)
    case .undoEmailChange:
      _ = try await answer(.post("/auth/email/verify", body: "{\"token\":\"\(try await link())\"}"))
      _ = try await answer(.post("/auth/email/verify", body: "{\"token\":\"\(try await link(.changeEmail))\"}"))
    }
    guard let id = accounts.requested(purpose).last else { throw IdentityError.invalidLink }
    return try await token(of: id)
  }

  /// The token of an open link.
  func token(of id: String) async throws -> String {
    guard let link = try await accounts.link(id) else { throw IdentityError.invalidLink }
    let secret = FakeLinks().secret(purpose: link.purpose.rawValue, id: id, user: link.user, expires: link.expiresAt)
    return MailedLinkToken(id: id, secret: secret).text
  }

  /// The code beside such a link.
  func code(_ purpose: MailedAccountLinkPurpose = .verifyEmail) async throws -> MailedCode {
    _ = try await link(purpose)
    guard let id = accounts.requested(purpose).last, let link = try await accounts.link(id) else {
      throw IdentityError.invalidLink
    }
    return FakeLinks().code(purpose: purpose.rawValue, id: id, user: link.user, expires: link.expiresAt)
  }

  /// Gives another account this address.
  func take(_ address: String) async throws {
    guard let email = EmailAddress(address) else { throw IdentityError.invalidLink }
    _ = try await accounts.create(
      NewAccount(email: email, name: nil, passwordHash: "hash", googleSubject: nil, emailVerified: true))
  }

  /// Links the account to this Google account.
  func link(to subject: String) async throws {
    _ = try await googleLinks.link(googleSubject: subject, to: serving.user)
  }

  /// A request's body with a Google credential of the user with this address.
  /// - Parameter subject: Google's id of the user; nil for the address itself.
  func credential(
    of address: String, _ credential: String = "credential", subject: String? = nil
  ) throws -> String {
    guard let email = EmailAddress(address) else { throw IdentityError.accountGone }
    google.issue(credential, to: GoogleIdentity(subject: subject ?? address, email: email, name: nil))
    return "{\"credential\":\"\(credential)\"}"
  }
}
