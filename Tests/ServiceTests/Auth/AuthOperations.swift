import Application
import Domain
import Foundation

@testable import AuthService

/// The operations of /auth, by route.
enum AuthOperations {
  typealias Stage = AuthStage
  typealias Request = @Sendable (inout Stage) async throws -> Call

  static let all: [Operation<Stage>] =
    entry + google + passkeys + me + devices + mailed + secondFactor + users + carePlanMail + [delete, consent, export]

  static func away(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(503, "identity_unavailable", "the database away") { stage in
      let call = try await call(&stage)
      (stage.ports.accounts, stage.ports.devices) = (FailingIdentity(), FailingIdentity())
      (stage.ports.googleLinks, stage.ports.passkeys) = (FailingIdentity(), FailingIdentity())
      (stage.ports.challenges, stage.ports.totpFactors) = (FailingIdentity(), FailingIdentity())
      stage.ports.users = FailingIdentity()
      stage.ports.deletions = FailingIdentity()
      stage.ports.consents = FailingIdentity()
      stage.ports.exports = FailingIdentity()
      stage.ports.carePlanMails = FailingIdentity()
      (stage.ports.accountLinks, stage.ports.accountChanges) = (FailingIdentity(), FailingIdentity())
      return call
    }
  }

  /// Wrong passwords from the caller's device.
  static func guessed(_ call: @escaping Request) -> [Refusal<Stage>] {
    [
      Refusal(429, "rate_limited", "after ten wrong passwords from the device") { stage in
        try await stage.attemptPasswords(10, from: stage.serving.device)
        return try await call(&stage)
      },
      Refusal(403, "password_locked", "after a hundred wrong passwords in a row from the device") { stage in
        try await stage.attemptPasswords(100, from: stage.serving.device)
        return try await call(&stage)
      },
    ]
  }

  static func weakOperator(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(403, "operator_sign_in_required", "an operator with a passkey, after a sign-in without it") { stage in
      let call = try await call(&stage)
      try await stage.storePasskeys(7...7)
      stage.accounts.grant(.operator, to: stage.serving.user)
      return call
    }
  }

  /// The cookie is sent to our own pages only.
  static func foreign(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(403, "foreign_origin", "a page of another site") { stage in
      try await call(&stage).with("x-session", "cookie").with("origin", "http://elsewhere")
    }
  }

  static func refusal(
    _ status: Int, _ code: String, _ what: String, _ path: String, _ body: String
  ) -> Refusal<Stage> {
    Refusal(status, code, what) { _ in .post(path, body: body) }
  }

  private static let entry: [Operation<Stage>] = [
    Operation("GET /auth/.well-known/jwks.json", 200, [], { _ in .get("/auth/.well-known/jwks.json") }),
    register, login,
    refresh,
  ]

  private static let register: Operation<Stage> = {
    let path = "/auth/register"
    let good: Request = { _ in .post(path, body: "{\"email\":\"ravi@example.com\",\"password\":\"correct horse\"}") }
    return Operation(
      "POST /auth/register", 201, [.rateLimit, .json], good,
      [
        away(good), foreign(good),
        refusal(400, "invalid_request", "no password", path, "{\"email\":\"a@example.com\"}"),
        refusal(400, "invalid_request", "no address", path, "{\"email\":\"a\",\"password\":\"correct horse\"}"),
        refusal(400, "invalid_request", "a short password", path, "{\"email\":\"a@example.com\",\"password\":\"a\"}"),
        refusal(
          400, "invalid_request", "a breached password", path,
          "{\"email\":\"a@example.com\",\"password\":\"a breached lake\"}"),
        refusal(409, "email_taken", "another's address", path, Stage.login),
        Refusal(503, "identity_unavailable", "too many hashes") { stage in
          stage.passwords.beBusy()
          return try await good(&stage)
        },
      ])
  }()

  private static let login: Operation<Stage> = {
    let path = "/auth/login"
    let good: Request = { _ in .post(path, body: Stage.login) }
    return Operation(
      "POST /auth/login", 200, [.rateLimit, .json], good,
      [
        away(good), foreign(good),
        refusal(400, "invalid_request", "no password", path, "{\"email\":\"a@example.com\"}"),
        refusal(401, "invalid_credentials", "no address", path, "{\"email\":\"a\",\"password\":\"correct horse\"}"),
        refusal(
          401, "invalid_credentials", "another password", path,
          "{\"email\":\"\(Stage.email)\",\"password\":\"battery staple\"}"),
        Refusal(401, "second_factor_required", "an account with an authenticator app") { stage in
          _ = try await stage.enrolled()
          return try await good(&stage)
        },
        Refusal(403, "account_disabled", "an account that is disabled") { stage in
          stage.accounts.disable(stage.serving.user)
          return try await good(&stage)
        },
        Refusal(429, "rate_limited", "after ten wrong passwords") { stage in
          try await stage.attemptPasswords(10)
          return try await good(&stage)
        },
        Refusal(403, "password_locked", "after a hundred wrong passwords in a row") { stage in
          try await stage.attemptPasswords(100)
          return try await good(&stage)
        },
      ])
  }()

  private static let refresh: Operation<Stage> = {
    let path = "/auth/refresh"
    let good: Request = { stage in .post(path, body: "{\"refresh_token\":\"\(try await stage.refreshToken())\"}") }
    return Operation(
      "POST /auth/refresh", 200, [.rateLimit, .json], good,
      [
        away(good), foreign(good),
        Refusal(403, "foreign_origin", "the cookie, sent by a page of another site") { _ in
          .post(path).with("cookie", "tt_refresh=token")
        },
        refusal(400, "invalid_request", "a token that is no text", path, "{\"refresh_token\":1}"),
        refusal(401, "invalid_token", "no token", path, "{}"),
        refusal(401, "invalid_token", "a token of nobody", path, "{\"refresh_token\":\"none\"}"),
      ])
  }()

  private static let me: [Operation<Stage>] = {
    let read: Request = { stage in .get("/auth/me", stage.serving.token) }
    let rename: Request = { stage in .other(.patch, "/auth/me", stage.serving.token, body: "{\"name\":\"Asha\"}") }
    return [
      Operation(
        "GET /auth/me", 200, Guard.signedIn, read,
        [
          away(read),
          Refusal(401, "invalid_token", "an account that is gone") { stage in
            .get("/auth/me", stage.serving.token(of: UserID(UUID())))
          },
        ]),
      Operation(
        "PATCH /auth/me", 200, Guard.signedIn.union([.json]), rename,
        [
          away(rename),
          Refusal(400, "invalid_request", "a long name") { stage in
            let name = String(repeating: "n", count: 201)
            return .other(.patch, "/auth/me", stage.serving.token, body: "{\"name\":\"\(name)\"}")
          },
          Refusal(401, "invalid_token", "an account that is gone") { stage in
            let stranger = stage.serving.token(of: UserID(UUID()))
            return .other(.patch, "/auth/me", stranger, body: "{\"name\":\"Asha\"}")
          },
        ]),
    ]
  }()
}
