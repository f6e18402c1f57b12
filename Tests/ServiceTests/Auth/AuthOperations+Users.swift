import Application
import Domain
import Foundation

@testable import AuthService

/// The operations of /auth/users.
extension AuthOperations {
  static let users: [Operation<Stage>] = [find, read, trail, set("disable"), set("enable")]

  private static let find: Operation<Stage> = {
    let good: Request = { stage in .get("/auth/users?email=\(Stage.email)", stage.serving.operatorToken) }
    return Operation(
      "GET /auth/users", 200, Guard.operators, good,
      [
        away(good),
        Refusal(400, "invalid_request", "no address") { stage in .get("/auth/users", stage.serving.operatorToken) },
      ])
  }()

  private static let read: Operation<Stage> = {
    let good: Request = { stage in .get("/auth/users/\(stage.serving.user)", stage.serving.operatorToken) }
    return Operation(
      "GET /auth/users/{id}", 200, Guard.operators, good,
      [
        away(good),
        Refusal(404, "not_found", "no id") { stage in .get("/auth/users/x", stage.serving.operatorToken) },
        Refusal(404, "not_found", "a user whom there is not") { stage in
          .get("/auth/users/\(UserID(UUID()))", stage.serving.operatorToken)
        },
      ])
  }()

  private static let trail: Operation<Stage> = {
    let good: Request = { stage in
      stage.accounts.appendEvent("signed_in", of: stage.serving.user)
      return .get("/auth/users/\(stage.serving.user)/trail", stage.serving.operatorToken)
    }
    return Operation(
      "GET /auth/users/{id}/trail", 200, Guard.operators.union([.page, .rateLimit]), good,
      [
        away(good),
        Refusal(404, "not_found", "no id") { stage in .get("/auth/users/x/trail", stage.serving.operatorToken) },
        Refusal(404, "not_found", "a user whom there is not") { stage in
          .get("/auth/users/\(UserID(UUID()))/trail", stage.serving.operatorToken)
        },
      ])
  }()

  private static func set(_ wish: String) -> Operation<Stage> {
    let good: Request = { stage in
      try await stage.take("ravi@example.com")
      let user = try await stage.accounts.users(email: "ravi@example.com").first?.id
      return .post(
        "/auth/users/\(user?.description ?? "")/\(wish)", stage.serving.operatorToken, body: "{\"reason\":\"abuse\"}")
    }
    return Operation(
      "POST /auth/users/{id}/\(wish)", 200, Guard.adminOperators.union([.json]), good,
      [
        away(good),
        Refusal(400, "invalid_request", "no reason") { stage in try await good(&stage).with(body: "{}", key: nil) },
        Refusal(400, "invalid_request", "an empty reason") { stage in
          try await good(&stage).with(body: "{\"reason\":\"\"}", key: nil)
        },
        Refusal(404, "not_found", "no id") { stage in
          .post("/auth/users/x/\(wish)", stage.serving.operatorToken, body: "{\"reason\":\"abuse\"}")
        },
        Refusal(404, "not_found", "a user whom there is not") { stage in
          .post("/auth/users/\(UserID(UUID()))/\(wish)", stage.serving.operatorToken, body: "{\"reason\":\"abuse\"}")
        },
        Refusal(409, "own_account", "the operator's own account") { stage in
          .post(
            "/auth/users/\(stage.serving.user)/\(wish)", stage.serving.operatorToken, body: "{\"reason\":\"abuse\"}")
        },
      ])
  }
}
