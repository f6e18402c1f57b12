import Application
import Domain
import Foundation

@testable import AuthService

extension AuthOperations {
  static let delete: Operation<Stage> = {
    let call: @Sendable (Stage, String) -> Call = { stage, body in
      .other(.delete, "/auth/me", stage.serving.token, body: body)
    }
    let right = "{\"password\":\"\(Stage.password)\"}"
    let good: Request = { stage in call(stage, right) }
    return Operation(
      "DELETE /auth/me", 204, Guard.signedIn.union([.rateLimit, .json]), good,
      guessed(good) + [
        away(good), staleWithFactor(good), weakOperator(good),
        Refusal(503, "identity_unavailable", "too many hashes") { stage in
          stage.passwords.beBusy()
          return call(stage, right)
        },
        Refusal(400, "invalid_request", "neither password nor credential") { stage in call(stage, "{}") },
        Refusal(400, "invalid_request", "password and credential") { stage in
          call(stage, "{\"password\":\"\(Stage.password)\",\"credential\":\"x\"}")
        },
        Refusal(401, "invalid_credentials", "another password") { stage in
          call(stage, "{\"password\":\"battery staple\",\"forfeit\":true}")
        },
        Refusal(401, "invalid_credentials", "a credential of nobody") { stage in
          call(stage, "{\"credential\":\"none\"}")
        },
        Refusal(401, "invalid_credentials", "a credential of another Google account") { stage in
          call(stage, try stage.credential(of: "ravi@example.com"))
        },
        Refusal(401, "invalid_credentials", "a page's credential without a nonce") { stage in
          call(stage, try stage.credential(of: Stage.email)).with("origin", Stage.publicURL)
        },
        Refusal(401, "invalid_credentials", "a code that nobody mailed") { stage in
          call(stage, "{\"code\":\"12345678\"}")
        },
        codesTried { stage in call(stage, "{\"code\":\"\(try await stage.code(.reauthenticate).text)\"}") },
        Refusal(401, "invalid_credentials", "a passkey's answer to a sign-in") { stage in
          try await stage.storePasskeys(1...1)
          let assertion = try stage.authenticator().assertion(try await stage.signInChallenge())
          return call(stage, "{\"passkey\":\(assertion)}")
        },
        Refusal(401, "invalid_token", "a code, for an account that is gone") { stage in
          call(stage, "{\"code\":\"12345678\"}").signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          call(stage, right).signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(401, "invalid_token", "a credential, for an account that is gone") { stage in
          call(stage, try stage.credential(of: Stage.email)).signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(409, "balance_left", "talk time that is left") { stage in
          stage.accounts.setBalance(.seconds(1), of: stage.serving.user)
          return call(stage, right)
        },
      ])
  }()
}
