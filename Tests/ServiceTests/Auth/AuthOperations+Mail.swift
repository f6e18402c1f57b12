import Application
import Domain
import Foundation
import Testing

@testable import AuthService

/// The operations of /auth/email and /auth/password.
extension AuthOperations {
  static let mailed = [verify, undo, resend, forgot, reset, changePassword, changeEmail]

  private static let busy: @Sendable (@escaping Request) -> Refusal<Stage> = { call in
    Refusal(503, "identity_unavailable", "too many hashes") { stage in
      let call = try await call(&stage)
      stage.passwords.beBusy()
      return call
    }
  }

  static func staleWithFactor(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(401, "reauthentication_required", "an account with an app, and a sign-in of an hour ago") { stage in
      _ = try await stage.enrolled()
      return try await call(&stage).signed(stage.serving.token(of: stage.serving.user, signedIn: 3_600))
    }
  }

  /// A password that is refused, for each reason.
  private static func refusedPasswords(
    _ call: @escaping @Sendable (inout Stage, _ password: String) async throws -> Call
  ) -> [Refusal<Stage>] {
    let passwords = [
      "a short password": "quiet", "a long password": String(repeating: "quiet ", count: 50),
      "a common password": "password123", "a breached password": "a breached lake", "the address": Stage.email,
    ]
    return passwords.map { what, password in
      Refusal(400, "invalid_request", what) { stage in try await call(&stage, password) }
    }
  }

  private static func used(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(400, "invalid_token", "a link that was used") { stage in
      let call = try await call(&stage)
      _ = try await stage.answer(call)
      return call
    }
  }

  /// The code of the request is right, and was never tried.
  static func codesTried(_ call: @escaping Request, for holder: MailedCodeHolder? = nil) -> Refusal<Stage> {
    Refusal(429, "rate_limited", "after ten codes for the address") { stage in
      let call = try await call(&stage)
      try await stage.tryCodes(10, of: holder ?? .user(stage.serving.user))
      return call
    }
  }

  /// The link or the code is right, so the caller may learn it.
  private static func disabled(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(403, "account_disabled", "an account that was disabled after its mail") { stage in
      let call = try await call(&stage)
      stage.accounts.disable(stage.serving.user)
      return call
    }
  }

  private static func expired(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(400, "invalid_token", "a link that has run out") { stage in
      let call = try await call(&stage)
      stage.serving.clock.advance(.seconds(8 * 86_400))
      return call
    }
  }

  private static let verify: Operation<Stage> = {
    let path = "/auth/email/verify"
    let good: Request = { stage in .post(path, body: "{\"token\":\"\(try await stage.link())\"}") }
    let typed: Request = { stage in
      .post(path, stage.serving.token, body: "{\"code\":\"\(try await stage.code().text)\"}")
    }
    return Operation(
      "POST /auth/email/verify", 204, [.rateLimit, .json], good,
      [
        away(typed), used(typed), expired(typed), foreign(good), codesTried(typed), disabled(good),
        refusal(400, "invalid_request", "a token and a code", path, "{\"token\":\"none\",\"code\":\"12345678\"}"),
        Refusal(400, "invalid_token", "another code") { stage in
          let other = MailedCode((UInt64(try await stage.code().text) ?? 0) + 1)
          return .post(path, stage.serving.token, body: "{\"code\":\"\(other.text)\"}")
        },
        Refusal(401, "missing_token", "a code, and nobody signed in") { stage in try await typed(&stage).signed(nil) },
        Refusal(401, "invalid_token", "a code, and a token of nobody") { stage in
          try await typed(&stage).signed("nobody")
        },
        Refusal(401, "token_expired", "a code, and a token that has run out") { stage in
          let call = try await typed(&stage)
          stage.serving.tokens.refuse(with: .expired)
          return call
        },
        Refusal(503, "keys_unavailable", "a code, and no keys") { stage in
          let call = try await typed(&stage)
          stage.serving.tokens.refuse(with: .keysUnavailable)
          return call
        },
        away(good), used(good), expired(good), refusal(400, "invalid_request", "no token", path, "{}"),
        refusal(400, "invalid_token", "a link of nobody", path, "{\"token\":\"none\"}"),
        Refusal(400, "invalid_token", "a link for another purpose") { stage in
          .post(path, body: "{\"token\":\"\(try await stage.link(.resetPassword))\"}")
        },
        Refusal(409, "new_password_required", "an address that was registered again") { stage in
          let token = try await stage.link()
          try await stage.accounts.requestPasswordReset(
            of: try #require(EmailAddress(Stage.email)), isRegistration: true)
          return .post(path, body: "{\"token\":\"\(token)\"}")
        },
        Refusal(409, "email_taken", "a change to an address that another account has by now") { stage in
          let token = try await stage.link(.changeEmail)
          try await stage.take(Stage.newEmail)
          return .post(path, body: "{\"token\":\"\(token)\"}")
        },
      ])
  }()

  private static let undo: Operation<Stage> = {
    let path = "/auth/email/undo"
    let good: Request = { stage in .post(path, body: "{\"token\":\"\(try await stage.link(.undoEmailChange))\"}") }
    return Operation(
      "POST /auth/email/undo", 204, [.rateLimit, .json], good,
      [
        away(good), used(good), expired(good), refusal(400, "invalid_request", "no token", path, "{}"),
        refusal(400, "invalid_token", "a link of nobody", path, "{\"token\":\"none\"}"),
      ])
  }()

  private static let resend: Operation<Stage> = {
    let good: Request = { stage in .post("/auth/email/resend", stage.serving.token) }
    return Operation(
      "POST /auth/email/resend", 202, Guard.signedIn, good,
      [
        away(good),
        Refusal(429, "rate_limited", "a second request within a minute") { stage in
          let call = try await good(&stage)
          _ = try await stage.answer(call)
          return call
        },
      ])
  }()

  private static let forgot: Operation<Stage> = {
    let path = "/auth/password/forgot"
    let good: Request = { _ in .post(path, body: "{\"email\":\"\(Stage.email)\"}") }
    return Operation(
      "POST /auth/password/forgot", 202, [.rateLimit, .json], good,
      [away(good), refusal(400, "invalid_request", "no address", path, "{}")])
  }()

  private static let reset: Operation<Stage> = {
    let path = "/auth/password/reset"
    let request: @Sendable (inout Stage, String) async throws -> Call = { stage, password in
      .post(path, body: "{\"token\":\"\(try await stage.link(.resetPassword))\",\"password\":\"\(password)\"}")
    }
    let good: Request = { stage in try await request(&stage, "battery staple") }
    let typed: @Sendable (inout Stage, String) async throws -> Call = { stage, address in
      let code = try await stage.code(.resetPassword).text
      return .post(path, body: "{\"email\":\"\(address)\",\"code\":\"\(code)\",\"password\":\"battery staple\"}")
    }
    let own: Request = { stage in try await typed(&stage, Stage.email) }
    return Operation(
      "POST /auth/password/reset", 204, [.rateLimit, .json], good,
      refusedPasswords(request) + [
        away(own), busy(own), used(own), expired(own), foreign(good), disabled(own), disabled(good),
        codesTried(own, for: EmailAddress(Stage.email).map { .address($0) }),
        Refusal(400, "invalid_token", "a code of another address") { stage in
          try await typed(&stage, "nobody@example.com")
        },
        Refusal(400, "invalid_token", "a code of no address") { stage in try await typed(&stage, "asha") },
        refusal(
          400, "invalid_request", "a code without an address", path,
          "{\"code\":\"12345678\",\"password\":\"battery staple\"}"),
        away(good), busy(good), used(good), expired(good), refusal(400, "invalid_request", "no token", path, "{}"),
        refusal(
          400, "invalid_token", "a link of nobody", path, "{\"token\":\"none\",\"password\":\"battery staple\"}"),
      ])
  }()

  private static let changePassword: Operation<Stage> = {
    let request: @Sendable (inout Stage, String) async throws -> Call = { stage, password in
      .post(
        "/auth/password/change", stage.serving.token,
        body: "{\"current_password\":\"\(Stage.password)\",\"password\":\"\(password)\"}")
    }
    let good: Request = { stage in try await request(&stage, "battery staple") }
    return Operation(
      "POST /auth/password/change", 204, Guard.signedIn.union([.rateLimit, .json]), good,
      refusedPasswords(request) + guessed(good) + [
        away(good), busy(good), staleWithFactor(good), weakOperator(good),
        Refusal(400, "invalid_request", "no password") { stage in
          .post("/auth/password/change", stage.serving.token, body: "{}")
        },
        Refusal(401, "invalid_credentials", "another password") { stage in
          try await good(&stage).with(
            body: "{\"current_password\":\"battery staple\",\"password\":\"quiet mountain\"}", key: nil)
        },
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          try await good(&stage).signed(stage.serving.token(of: UserID(UUID())))
        },
      ])
  }()

  private static let changeEmail: Operation<Stage> = {
    let request: @Sendable (Stage, String, String) -> Call = { stage, address, password in
      .post(
        "/auth/email/change", stage.serving.token,
        body: "{\"new_email\":\"\(address)\",\"password\":\"\(password)\"}")
    }
    let good: Request = { stage in request(stage, Stage.newEmail, Stage.password) }
    return Operation(
      "POST /auth/email/change", 202, Guard.signedIn.union([.rateLimit, .json]), good,
      guessed(good) + [
        away(good), busy(good), staleWithFactor(good), weakOperator(good),
        Refusal(400, "invalid_request", "no address") { stage in request(stage, "asha", Stage.password) },
        Refusal(401, "invalid_credentials", "another password") { stage in
          request(stage, Stage.newEmail, "battery staple")
        },
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          try await good(&stage).signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(409, "email_taken", "the account's own address") { stage in
          request(stage, Stage.email, Stage.password)
        },
      ])
  }()
}
