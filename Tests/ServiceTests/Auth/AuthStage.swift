import Application
import Domain
import Fakes
import Foundation
import HTTPServing

@testable import AuthService

/// Auth over fakes, with one account.
struct AuthStage: ServiceStage {
  static let email = "asha@example.com"
  static let password = "correct horse"

  let serving: ServingFakes
  let accounts: InMemoryAccountRepository
  let devices: InMemoryDeviceRepository
  let passwords = FakePasswords()
  let google = FakeGoogle()
  let nonces = InMemoryNonceStore()
  let googleLinks: InMemoryGoogleLinkRepository
  var ports: AuthPorts
  private let settings: AuthSettings

  init() throws {
    let clock = FakeClock()
    devices = InMemoryDeviceRepository(clock: clock)
    accounts = InMemoryAccountRepository(clock: clock, devices: devices)
    guard let email = EmailAddress(Self.email) else { throw IdentityError.accountGone }
    let user = accounts.importRow(email, hash: "hash of \(Self.password)", hasAddressProblem: false)
    serving = ServingFakes(clock: clock, user: user)
    let tokens = FakeTokens()
    googleLinks = InMemoryGoogleLinkRepository(accounts: accounts, devices: devices)
    settings = try AuthSettings(
      TestSettings.reader(["JWT_SECRET_KEY": "secret", "SECRET_KEY": "secret", "GOOGLE_CLIENT_ID": "client"]))
    ports = AuthPorts(
      serving: serving.ports, accounts: accounts, devices: devices, passwords: passwords, google: google,
      nonces: nonces, usedCredentials: InMemoryUsedCredentialStore(), googleLinks: googleLinks, signer: tokens,
      refreshTokens: tokens, hashes: tokens, links: FakeLinks(), random: FakeRandom(), keySet: "{\"keys\":[]}")
  }

  func api() throws -> ServiceAPI { AuthModule(settings, ports).api }

  /// A body that signs the account in.
  static let login = "{\"email\":\"\(email)\",\"password\":\"\(password)\"}"

  /// A refresh token of the account.
  func refreshToken() async throws -> String {
    struct Body: Decodable { let refresh_token: String }
    let answer = try await answer(.post("/auth/login", body: Self.login))
    return try JSONDecoder().decode(Body.self, from: Data(answer.body.utf8)).refresh_token
  }

  /// The token of a mailed link.
  func link() async throws -> String {
    try await accounts.requestVerification(of: serving.user)
    guard let id = accounts.requested.last, let row = try await accounts.verification(id) else {
      throw IdentityError.invalidLink
    }
    let secret = FakeLinks().secret(purpose: VerifyEmail.purpose, id: id, user: row.user, expires: row.expiresAt)
    return LinkToken(id: id, secret: secret).text
  }

  /// A request's body with a Google credential of the user with this address.
  func credential(of address: String, _ credential: String = "credential") throws -> String {
    guard let email = EmailAddress(address) else { throw IdentityError.accountGone }
    google.issue(credential, to: GoogleIdentity(subject: address, email: email, name: nil))
    return "{\"credential\":\"\(credential)\"}"
  }
}
