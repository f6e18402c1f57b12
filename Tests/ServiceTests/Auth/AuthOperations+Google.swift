import Application
import Domain
import Foundation

@testable import AuthService

extension AuthOperations {
  /// The operations of /auth/google.
  static let google: [Operation<Stage>] = [
    Operation(
      "GET /auth/google/nonce", 200, [.rateLimit], { _ in .get("/auth/google/nonce") },
      [
        Refusal(503, "identity_unavailable", "the nonces away") { stage in
          stage.nonces.setAway(true)
          return .get("/auth/google/nonce")
        }
      ]),
    signIn, link, unlink,
  ]

  private static let signIn: Operation<Stage> = {
    let path = "/auth/google"
    let good: Request = { stage in .post(path, body: try stage.credential(of: "ravi@example.com")) }
    return Operation(
      "POST /auth/google", 200, [.rateLimit, .json], good,
      [
        away(good), foreign(good), refusal(400, "invalid_request", "no credential", path, "{}"),
        refusal(401, "invalid_credentials", "a credential of nobody", path, "{\"credential\":\"none\"}"),
        Refusal(401, "invalid_credentials", "a credential that was used") { stage in
          let call = try await good(&stage)
          _ = try await stage.answer(call)
          return call
        },
        Refusal(401, "invalid_credentials", "a page's credential without a nonce") { stage in
          try await good(&stage).with("origin", Stage.publicURL)
        },
        Refusal(403, "account_disabled", "an account that is disabled") { stage in
          _ = try await stage.answer(try await good(&stage))
          if let account = try await stage.accounts.account(googleSubject: "ravi@example.com") {
            stage.accounts.disable(account.id)
          }
          return .post(path, body: try stage.credential(of: "ravi@example.com", "another"))
        },
        Refusal(401, "second_factor_required", "an account with an authenticator app") { stage in
          try await stage.link(to: "google-1")
          _ = try await stage.enrolled()
          return .post(path, body: try stage.credential(of: "google-1@example.com", subject: "google-1"))
        },
        Refusal(409, "link_required", "the address of an account with a password") { stage in
          .post(path, body: try stage.credential(of: Stage.email))
        },
      ])
  }()

  private static let link: Operation<Stage> = {
    let path = "/auth/google/link"
    let good: Request = { stage in
      .post(path, stage.serving.token, body: try stage.credential(of: "ravi@example.com"))
    }
    return Operation(
      "POST /auth/google/link", 204, Guard.signedIn.union([.rateLimit, .json]), good,
      [
        away(good), notRecent(good), weakOperator(good),
        Refusal(400, "invalid_request", "no credential") { stage in .post(path, stage.serving.token, body: "{}") },
        Refusal(401, "invalid_credentials", "a credential of nobody") { stage in
          .post(path, stage.serving.token, body: "{\"credential\":\"none\"}")
        },
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          try await good(&stage).signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(409, "google_account_taken", "another account's Google account") { stage in
          _ = try await stage.answer(.post("/auth/google", body: try stage.credential(of: "ravi@example.com", "first")))
          return try await good(&stage)
        },
        Refusal(409, "already_linked", "a second Google account") { stage in
          let first = try stage.credential(of: "asha.rao@example.com", "first")
          _ = try await stage.answer(.post(path, stage.serving.token, body: first))
          return try await good(&stage)
        },
      ])
  }()

  private static let unlink: Operation<Stage> = {
    let good: Request = { stage in .other(.delete, "/auth/google", stage.serving.token) }
    return Operation(
      "DELETE /auth/google", 204, Guard.signedIn, good,
      [
        away(good), notRecent(good), weakOperator(good),
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          try await good(&stage).signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(409, "password_required", "an account without a password") { stage in
          _ = try await stage.answer(.post("/auth/google", body: try stage.credential(of: "ravi@example.com")))
          let account = try await stage.accounts.account(googleSubject: "ravi@example.com")
          return try await good(&stage).signed(stage.serving.token(of: account?.id ?? stage.serving.user))
        },
      ])
  }()

  static func notRecent(_ call: @escaping Request) -> Refusal<Stage> {
    Refusal(401, "reauthentication_required", "a sign-in of an hour ago") { stage in
      try await call(&stage).signed(stage.serving.token(of: stage.serving.user, signedIn: 3_600))
    }
  }
}
