import Application
import Domain
import Foundation

@testable import AuthService

extension AuthOperations {
  static let consent: Operation<Stage> = {
    let good: Request = { stage in .post("/auth/consent", stage.serving.token, body: "{\"version\":\"v2\"}") }
    return Operation(
      "POST /auth/consent", 204, Guard.signedIn.union([.json]), good,
      [
        away(good),
        Refusal(400, "invalid_request", "no version") { stage in try await good(&stage).with(body: "{}", key: nil) },
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          try await good(&stage).signed(stage.serving.token(of: UserID(UUID())))
        },
        Refusal(409, "consent_outdated", "an earlier version") { stage in
          try await good(&stage).with(body: "{\"version\":\"v1\"}", key: nil)
        },
      ])
  }()
}
