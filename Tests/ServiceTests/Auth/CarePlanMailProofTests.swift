import Application
import Domain
import Testing

@testable import AuthService

@Suite("The proof that whole care plans by mail need")
struct CarePlanMailProofTests {
  private func status(_ choice: String, _ stage: AuthStage, signedIn ago: Double) async throws -> Int {
    try await stage.serving.revocations.fill(with: [], whole: true)
    let token = stage.serving.token(of: stage.serving.user, signedIn: ago)
    let call = Call.other(.put, "/auth/me/care-plan-mail", token, body: "{\"choice\":\(choice)}")
    return try await stage.answer(call).status
  }

  @Test("is asked for by the choice that opens them alone, and stores nothing without it")
  func asked() async throws {
    let stage = try AuthStage(["CARE_PLAN_MAIL": "link"])
    for choice in ["\"link\"", "\"none\"", "null"] {
      #expect(try await status(choice, stage, signedIn: 3_600) == 200)
      #expect(try await status("\"full\"", stage, signedIn: 3_600) == 401)
    }
    #expect(try await stage.accounts.carePlanMail(of: stage.serving.user) == nil)
    #expect(try await status("\"full\"", stage, signedIn: 60) == 200)
    #expect(try await status("\"full\"", stage, signedIn: 3_600) == 200)
    #expect(try await stage.accounts.carePlanMail(of: stage.serving.user) == .full)
  }

  @Test("is asked for by leaving it to an installation that mails whole plans")
  func standard() async throws {
    let stage = try AuthStage(["CARE_PLAN_MAIL": "full"])
    #expect(try await status("\"full\"", stage, signedIn: 3_600) == 200)
    #expect(try await status("\"link\"", stage, signedIn: 3_600) == 200)
    #expect(try await status("null", stage, signedIn: 3_600) == 401)
    #expect(try await status("null", stage, signedIn: 60) == 200)
  }
}
