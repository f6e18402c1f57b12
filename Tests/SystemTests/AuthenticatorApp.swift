import Crypto
import Domain
import Foundation
import PostgresDriver
import Testing

/// A user's authenticator app.
struct AuthenticatorApp: Sendable {
  private static let totp = TOTP { message, key in
    Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: key)))
  }
  let secret: [UInt8]
  let recoveryCodes: [String]

  /// - Parameter step: counted from the present one.
  func code(_ step: Int64 = 0) -> String { Self.code(secret, step) }

  private static func code(_ secret: [UInt8], _ step: Int64) -> String {
    totp.code(secret, step: TOTP.step(at: Date().unixSeconds) + step)
  }

  /// Enrols an app by the code of the step before, so that the present one can still sign in.
  static func enrol(_ person: Person) async throws -> AuthenticatorApp {
    let begun = try await person.call("POST", "/auth/totp")
    let secret = try #require(Base32.standard.decode(try begun.text("secret")), "\(begun.json)")
    // The step may end before the code arrives.
    let codes = try await eventually("the app is enrolled") {
      let answer = try await person.call("POST", "/auth/totp/confirm", body: ["code": code(secret, -1)])
      return answer.status == 401 ? nil : answer.json["recovery_codes"] as? [String]
    }
    return AuthenticatorApp(secret: secret, recoveryCodes: codes)
  }
}

extension Person {
  /// A sign-in by password that waits for the second factor.
  func challenge() async throws -> String {
    let answer = try await suite.call("POST", "/auth/login", body: login)
    #expect(answer.status == 401 && answer.json["code"] as? String == "second_factor_required", "\(answer.json)")
    #expect(answer.response.header("www-authenticate") != nil)
    return try answer.text("challenge_token")
  }

  func answer(_ challenge: String, code: String? = nil, recovery: String? = nil) async throws -> Answer {
    var body = ["challenge_token": challenge]
    body["code"] = code
    body["recovery_code"] = recovery
    return try await suite.call("POST", "/auth/second-factor", body: body)
  }

  /// Signs in with password and app. If the code of this step was used, the next one is waited for. Each is tried once: a
  /// hundred wrong ones lock the factor.
  func signedIn(with app: AuthenticatorApp) async throws -> Person {
    var tried: Set<String> = []
    let signedIn = try await eventually(within: .seconds(60), "\(email) signs in with a code") {
      let code = app.code()
      guard tried.insert(code).inserted else { return nil as Answer? }
      let answer = try await answer(try await challenge(), code: code)
      return answer.status == 200 ? answer : nil
    }
    return Person(suite: suite, email: email, id: id, token: try signedIn.text("access_token"))
  }

  /// A new operator, with an authenticator app.
  static func chief(_ suite: Suite) async throws -> Person {
    let person = try await signUp(suite)
    try await suite.prove(person)
    try await suite.dev("talktime", "operator", "add", person.email)
    return try await person.signedIn(with: try await AuthenticatorApp.enrol(person))
  }
}

extension Suite {
  /// Proves the person's address without a mail.
  func prove(_ person: Person) async throws {
    _ = try await withDatabase { database in
      try await database.query("UPDATE users SET email_verified_at = now() WHERE email = \(person.email)")
    }
  }
}
