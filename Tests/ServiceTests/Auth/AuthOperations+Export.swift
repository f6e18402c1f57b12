import Application
import Domain
import Foundation

@testable import AuthService

extension AuthOperations {
  static let export: Operation<Stage> = {
    let good: Request = { stage in .get("/auth/me/export", stage.serving.token) }
    return Operation(
      "GET /auth/me/export", 200, Guard.signedIn.union([.rateLimit]), good,
      [
        away(good),
        Refusal(401, "invalid_token", "an account that is gone") { stage in
          try await good(&stage).signed(stage.serving.token(of: UserID(UUID())))
        },
      ])
  }()
}
