import Application
import Domain
import Foundation

@testable import AuthService

extension AuthOperations {
  static let carePlanMail: [Operation<Stage>] = {
    let path = "/auth/me/care-plan-mail"
    let read: Request = { stage in .get(path, stage.serving.token) }
    let choose: Request = { stage in .other(.put, path, stage.serving.token, body: "{\"choice\":\"link\"}") }
    func gone(_ call: @escaping Request) -> Refusal<Stage> {
      Refusal(401, "invalid_token", "an account that is gone") { stage in
        try await call(&stage).signed(stage.serving.token(of: UserID(UUID())))
      }
    }
    return [
      Operation("GET \(path)", 200, Guard.signedIn, read, [away(read), gone(read)]),
      Operation(
        "PUT \(path)", 200, Guard.signedIn.union([.json]), choose,
        [
          away(choose), gone(choose),
          Refusal(400, "invalid_request", "no choice") { stage in try await choose(&stage).with(body: "{}", key: nil) },
          Refusal(400, "invalid_request", "another word") { stage in
            try await choose(&stage).with(body: "{\"choice\":\"plan\"}", key: nil)
          },
          Refusal(401, "reauthentication_required", "whole plans by mail, and a sign-in of an hour ago") { stage in
            stage = try AuthStage(["CARE_PLAN_MAIL": "link"])
            try await stage.serving.revocations.fill(with: [], whole: true)
            return try await choose(&stage).with(body: "{\"choice\":\"full\"}", key: nil)
              .signed(stage.serving.token(of: stage.serving.user, signedIn: 3_600))
          },
          Refusal(403, "care_plan_mail_not_offered", "what the operator does not allow") { stage in
            stage = try AuthStage(["CARE_PLAN_MAIL_FULL": "false"])
            try await stage.serving.revocations.fill(with: [], whole: true)
            return try await choose(&stage).with(body: "{\"choice\":\"full\"}", key: nil)
          },
        ]),
    ]
  }()
}
