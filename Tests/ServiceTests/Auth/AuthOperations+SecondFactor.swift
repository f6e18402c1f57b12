import Application
import Domain
import Foundation

@testable import AuthService

extension AuthOperations {
  /// The operations of /auth/totp, /auth/second-factor and /auth/reauth.
  static let secondFactor = [begin, confirm, remove, answer, reauthenticate, proofOptions, proofMail]

  private static func gone(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(401, "invalid_token", "an account that is gone") { stage in
      try await call(&stage).signed(stage.serving.token(of: UserID(UUID())))
    }
  }

  private static let begin: Operation<Stage> = {
    let good: Request = { stage in .post("/auth/totp", stage.serving.token) }
    return Operation(
      "POST /auth/totp", 200, Guard.signedIn.union([.rateLimit]), good,
      [
        away(good), notRecent(good), weakOperator(good), gone(good),
        Refusal(409, "already_enrolled", "an account with an app") { stage in
          _ = try await stage.enrolled()
          return try await good(&stage)
        },
      ])
  }()

  private static let confirm: Operation<Stage> = {
    let path = "/auth/totp/confirm"
    let good: Request = { stage in
      let app = try await stage.begun()
      return .post(path, stage.serving.token, body: "{\"code\":\"\(app.code())\"}")
    }
    return Operation(
      "POST /auth/totp/confirm", 200, Guard.signedIn.union([.rateLimit, .json]), good,
      [
        away(good), notRecent(good), weakOperator(good),
        Refusal(400, "invalid_request", "no code") { stage in .post(path, stage.serving.token, body: "{}") },
        Refusal(401, "invalid_credentials", "another code") { stage in
          let app = try await stage.begun()
          return .post(path, stage.serving.token, body: "{\"code\":\"\(app.wrongCode)\"}")
        },
        Refusal(404, "not_found", "no app that waits") { stage in
          .post(path, stage.serving.token, body: "{\"code\":\"000000\"}")
        },
      ])
  }()

  private static let remove: Operation<Stage> = {
    let good: Request = { stage in
      _ = try await stage.enrolled()
      return .other(.delete, "/auth/totp", stage.serving.token)
    }
    return Operation(
      "DELETE /auth/totp", 204, Guard.signedIn, good, [away(good), notRecent(good), weakOperator(good)])
  }()

  private static func body(_ token: String, _ name: String, _ answer: String) -> String {
    "{\"challenge_token\":\"\(token)\",\"\(name)\":\"\(answer)\"}"
  }

  private static let answer: Operation<Stage> = {
    let path = "/auth/second-factor"
    let good: Request = { stage in
      let codes = try await stage.enrolled().recoveryCodes
      return .post(path, body: body(try await stage.challenge(), "recovery_code", codes[0]))
    }
    return Operation(
      "POST /auth/second-factor", 200, [.rateLimit, .json], good,
      [
        away(good), foreign(good), refusal(400, "invalid_request", "no token", path, "{\"code\":\"000000\"}"),
        refusal(400, "invalid_request", "no answer", path, "{\"challenge_token\":\"t\"}"),
        refusal(
          400, "invalid_request", "two answers", path,
          "{\"challenge_token\":\"t\",\"code\":\"000000\",\"recovery_code\":\"r\"}"),
        refusal(401, "invalid_token", "a challenge of nobody", path, body("t", "code", "000000")),
        Refusal(401, "invalid_credentials", "a code that was used") { stage in
          let app = try await stage.enrolled().app
          return .post(path, body: body(try await stage.challenge(), "code", app.code()))
        },
        Refusal(401, "invalid_token", "a challenge with five wrong answers") { stage in
          let app = try await stage.enrolled().app
          let token = try await stage.challenge()
          for _ in 0..<5 { _ = try await stage.answer(.post(path, body: body(token, "code", app.wrongCode))) }
          return .post(path, body: body(token, "code", app.code(1)))
        },
        Refusal(403, "account_disabled", "an account that is disabled during its sign-in") { stage in
          let codes = try await stage.enrolled().recoveryCodes
          stage.accounts.disable(stage.serving.user)
          let challenge = NewSignInChallenge(tokenHash: stage.ports.hashes.sha256("late"), methods: ["pwd"])
          try await stage.ports.challenges.open(challenge, of: stage.serving.user)
          return .post(path, body: body("late", "recovery_code", codes[0]))
        },
        Refusal(403, "second_factor_locked", "too many wrong codes") { stage in
          let app = try await stage.enrolled().app
          for _ in 0..<100 { _ = try await stage.accounts.attempt(stage.serving.user) }
          return .post(path, body: body(try await stage.challenge(), "code", app.code()))
        },
      ])
  }()

  private static let reauthenticate: Operation<Stage> = {
    let path = "/auth/reauth"
    let good: Request = { stage in
      try await stage.openOwnDevice()
      return .post(path, stage.serving.token, body: "{\"password\":\"\(Stage.password)\"}")
    }
    return Operation(
      "POST /auth/reauth", 200, Guard.signedIn.union([.rateLimit, .json]), good,
      guessed(good) + [
        away(good), gone(good),
        away { stage in
          try await stage.openOwnDevice()
          return .post(path, stage.serving.token, body: "{\"passkey\":\(try await stage.passkeyProof())}")
        },
        Refusal(401, "invalid_credentials", "a passkey's answer to a sign-in") { stage in
          try await stage.storePasskeys(1...1)
          let assertion = try stage.authenticator().assertion(try await stage.signInChallenge())
          return .post(path, stage.serving.token, body: "{\"passkey\":\(assertion)}")
        },
        Refusal(401, "invalid_credentials", "a mailed code that was used") { stage in
          try await stage.openOwnDevice()
          let body = "{\"code\":\"\(try await stage.code(.reauthenticate).text)\"}"
          let call = Call.post(path, stage.serving.token, body: body)
          _ = try await stage.answer(call)
          return call
        },
        codesTried { stage in
          try await stage.openOwnDevice()
          return .post(
            path, stage.serving.token, body: "{\"code\":\"\(try await stage.code(.reauthenticate).text)\"}")
        },
        Refusal(400, "invalid_request", "no proof") { stage in .post(path, stage.serving.token, body: "{}") },
        Refusal(401, "invalid_credentials", "another password") { stage in
          .post(path, stage.serving.token, body: "{\"password\":\"battery staple\"}")
        },
        Refusal(401, "invalid_credentials", "another's Google account") { stage in
          try await stage.link(to: "google-1")
          return .post(path, stage.serving.token, body: try stage.credential(of: "ravi@example.com"))
        },
        Refusal(401, "invalid_credentials", "a code, without an app") { stage in
          .post(path, stage.serving.token, body: "{\"code\":\"000000\"}")
        },
        Refusal(401, "invalid_token", "a device that is not signed in") { stage in
          .post(path, stage.serving.token, body: "{\"password\":\"\(Stage.password)\"}")
        },
        Refusal(401, "second_factor_required", "the password alone, with an app") { stage in
          let call = try await good(&stage)
          _ = try await stage.enrolled()
          return call
        },
        Refusal(403, "account_disabled", "an account that is disabled") { stage in
          let call = try await good(&stage)
          stage.accounts.disable(stage.serving.user)
          return call
        },
        Refusal(403, "second_factor_locked", "too many wrong codes") { stage in
          let app = try await stage.enrolled().app
          for _ in 0..<100 { _ = try await stage.accounts.attempt(stage.serving.user) }
          return .post(path, stage.serving.token, body: "{\"code\":\"\(app.code(1))\"}")
        },
        Refusal(503, "identity_unavailable", "too many hashes") { stage in
          let call = try await good(&stage)
          stage.passwords.beBusy()
          return call
        },
      ])
  }()

  private static let proofOptions: Operation<Stage> = {
    let good: Request = { stage in .post("/auth/reauth/options", stage.serving.token) }
    return Operation(
      "POST /auth/reauth/options", 200, Guard.signedIn.union([.rateLimit]), good, [away(good)])
  }()

  private static let proofMail: Operation<Stage> = {
    let good: Request = { stage in .post("/auth/reauth/mail", stage.serving.token) }
    return Operation(
      "POST /auth/reauth/mail", 202, Guard.signedIn, good,
      [
        away(good), gone(good),
        Refusal(429, "rate_limited", "a fourth request within an hour") { stage in
          for _ in 0..<3 { try await stage.accounts.requestReauthentication(of: stage.serving.user) }
          return try await good(&stage)
        },
      ])
  }()
}
