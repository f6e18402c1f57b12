import Application
import Domain
import Fakes
import Foundation

@testable import AuthService

extension AuthStage {
  private struct Enrolment: Decodable { let secret, uri: String }
  private struct Confirmed: Decodable { let recovery_codes: [String] }
  private struct Challenge: Decodable { let challenge_token: String }

  /// Gives the account an authenticator app whose codes of the present step and before are used up.
  func enrolled() async throws -> (app: AuthenticatorApp, recoveryCodes: [String]) {
    let app = try await begun()
    let answer = try await answer(
      .post("/auth/totp/confirm", serving.token, body: "{\"code\":\"\(app.code())\"}"))
    return (app, try JSONDecoder().decode(Confirmed.self, from: Data(answer.body.utf8)).recovery_codes)
  }

  /// An app that waits for its first code.
  func begun() async throws -> AuthenticatorApp {
    let answer = try await answer(.post("/auth/totp", serving.token))
    let enrolment = try JSONDecoder().decode(Enrolment.self, from: Data(answer.body.utf8))
    return AuthenticatorApp(secret: Base32.standard.decode(enrolment.secret) ?? [], clock: serving.clock)
  }

  /// Signs the device of `serving.token` in.
  func openOwnDevice() async throws {
    try await devices.open(IdentityDevice.new(serving.device, at: serving.clock.now()), user: serving.user)
  }

  /// The token of a sign-in by password that waits for the second factor.
  func challenge() async throws -> String {
    let answer = try await answer(.post("/auth/login", body: Self.login))
    return try JSONDecoder().decode(Challenge.self, from: Data(answer.body.utf8)).challenge_token
  }
}

/// A user's app, with the clock of the test.
struct AuthenticatorApp: Sendable {
  let secret: [UInt8]
  let clock: FakeClock

  /// - Parameter step: counted from the present one.
  func code(_ step: Int64 = 0) -> String {
    TOTP.fake.code(secret, step: TOTP.step(at: clock.now().unixSeconds) + step)
  }

  /// A code that the present one is not.
  var wrongCode: String { code() == "000000" ? "000001" : "000000" }
}
