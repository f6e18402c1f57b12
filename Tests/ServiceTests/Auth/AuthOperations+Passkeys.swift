import Application
import Domain
import Fakes
import Foundation

@testable import AuthService

extension AuthOperations {
  /// The operations of /auth/passkeys and /auth/passkey.
  static let passkeys: [Operation<Stage>] = [
    creationOptions, addPasskey, listPasskeys, removePasskey, requestOptions, passkeySignIn,
  ]

  private static let creationOptions: Operation<Stage> = {
    let path = "/auth/passkeys/options"
    let good: Request = { stage in .post(path, stage.serving.token, body: "{}") }
    return Operation(
      "POST /auth/passkeys/options", 200, Guard.signedIn.union([.rateLimit, .json]), good,
      [
        away(good), notRecent(good), weakOperator(good),
        Refusal(400, "invalid_request", "an unknown mediation") { stage in
          .post(path, stage.serving.token, body: "{\"mediation\":\"silent\"}")
        },
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          try await good(&stage).signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(409, "too_many_passkeys", "the twenty-first passkey") { stage in
          try await stage.storePasskeys(1...20)
          return try await good(&stage)
        },
      ])
  }()

  private static let addPasskey: Operation<Stage> = {
    let path = "/auth/passkeys"
    let good: Request = { stage in
      let credential = stage.authenticator().registration(try await stage.newPasskeyChallenge())
      return .post(path, stage.serving.token, body: "{\"credential\":\(credential),\"name\":\"Phone\"}")
    }
    return Operation(
      "POST /auth/passkeys", 201, Guard.signedIn.union([.rateLimit, .json]), good,
      [
        away(good), notRecent(good), weakOperator(good),
        Refusal(400, "invalid_request", "no credential") { stage in .post(path, stage.serving.token, body: "{}") },
        Refusal(400, "invalid_request", "a long name") { stage in
          let credential = stage.authenticator().registration(try await stage.newPasskeyChallenge())
          let name = String(repeating: "n", count: 101)
          return .post(path, stage.serving.token, body: "{\"credential\":\(credential),\"name\":\"\(name)\"}")
        },
        Refusal(401, "invalid_credentials", "a challenge that was used") { stage in
          let call = try await good(&stage)
          _ = try await stage.answer(call)
          return call
        },
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          // Only the account is gone: the challenge is its own.
          let gone = try await stage.goneUser()
          let soft = stage.authenticator(of: gone.user)
          return .post(path, stage.serving.token(of: gone.user), body: soft.registration(gone.challenge))
        },
        Refusal(409, "passkey_known", "a passkey that an account has") { stage in
          try await stage.addPasskey()
          return try await good(&stage)
        },
        Refusal(409, "too_many_passkeys", "the twenty-first passkey") { stage in
          let call = try await good(&stage)
          try await stage.storePasskeys(2...21)
          return call
        },
      ])
  }()

  private static let listPasskeys: Operation<Stage> = {
    let good: Request = { stage in .get("/auth/passkeys", stage.serving.token) }
    return Operation("GET /auth/passkeys", 200, Guard.signedIn, good, [away(good)])
  }()

  private static let removePasskey: Operation<Stage> = {
    let good: Request = { stage in
      .other(.delete, "/auth/passkeys/\(try await stage.addPasskey())", stage.serving.token)
    }
    return Operation(
      "DELETE /auth/passkeys/{id}", 204, Guard.signedIn, good,
      [
        away(good), notRecent(good), weakOperator(good),
        Refusal(404, "not_found", "another's passkey") { stage in
          try await good(&stage).signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(404, "not_found", "no id") { stage in .other(.delete, "/auth/passkeys/x", stage.serving.token) },
        Refusal(409, "last_way_in", "the only way to sign in") { stage in
          guard let email = EmailAddress("vikram@example.com") else { throw IdentityError.accountGone }
          let bare = stage.accounts.importRow(email, hash: nil, hasAddressProblem: false)
          let passkey = try await stage.addPasskey(of: bare)
          return .other(.delete, "/auth/passkeys/\(passkey)", stage.serving.token(of: bare))
        },
      ])
  }()

  private static let requestOptions = Operation<Stage>(
    "POST /auth/passkey/options", 200, [.rateLimit], { _ in .post("/auth/passkey/options", body: "{}") })

  private static let passkeySignIn: Operation<Stage> = {
    let path = "/auth/passkey"
    let good: Request = { stage in
      try await stage.addPasskey()
      return .post(path, body: try stage.authenticator().assertion(try await stage.signInChallenge()))
    }
    return Operation(
      "POST /auth/passkey", 200, [.rateLimit, .json], good,
      [
        away(good), foreign(good), refusal(400, "invalid_request", "no credential", path, "{}"),
        Refusal(401, "invalid_credentials", "a challenge that was used") { stage in
          let call = try await good(&stage)
          _ = try await stage.answer(call)
          return call
        },
        Refusal(401, "invalid_credentials", "an unknown passkey") { stage in
          .post(path, body: try stage.authenticator(9).assertion(try await stage.signInChallenge()))
        },
        Refusal(403, "account_disabled", "an account that is disabled") { stage in
          let call = try await good(&stage)
          stage.accounts.disable(stage.serving.user)
          return call
        },
      ])
  }()
}

extension AuthStage {
  /// A user without an account, with a challenge for a passkey.
  fileprivate func goneUser() async throws -> (user: UserID, challenge: String) {
    let user = UserID(UUID())
    let expiry = Date(timeIntervalSince1970: serving.clock.now().timeIntervalSince1970.rounded() + 60)
    let challenge = FakePasskeyChallenges().challenge(
      for: .registration(of: user, isAutomatic: false), secret: [1], expiry: expiry)
    return (user, Base64URL.encode(challenge))
  }
}
