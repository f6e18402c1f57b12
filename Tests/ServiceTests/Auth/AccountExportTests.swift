import Domain
import Foundation
import Testing

@testable import AuthService

@Suite("The export of one's account")
struct AccountExportTests {
  @Test("it has the time of the link with Google and the role of an operator, and is read five times an hour")
  func limited() async throws {
    let stage = try AuthStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    let call = Call.get("/auth/me/export", stage.serving.token)
    let plain = try await stage.answer(call)
    #expect(plain.status == 200 && !plain.body.contains("operator_role") && !plain.body.contains("google_linked_at"))
    #expect(plain.headers["ratelimit-policy"] == "\"export\";q=5;w=3600")
    try await stage.link(to: "google-1")
    stage.accounts.grant(.operator, role: .finance, to: stage.serving.user)
    let full = try await stage.answer(call)
    #expect(full.body.contains("\"operator_role\":\"finance\"") && full.body.contains("\"google_linked_at\":\"20"))
    for _ in 0..<3 { #expect(try await stage.answer(call).status == 200) }
    let refused = try await stage.answer(call)
    #expect(refused.status == 429 && refused.headers["retry-after"] == "720")
  }
}
