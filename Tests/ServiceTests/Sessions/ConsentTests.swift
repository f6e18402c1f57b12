import Foundation
import Testing

@testable import SessionService

@Suite("Consent before a talk")
struct ConsentTests {
  @Test("a start that was refused succeeds with the same Idempotency-Key once there is a consent")
  func start() async throws {
    var stage = try SessionStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    stage.settings = try SessionStage.settings(["CONSENT_VERSION": "v2"])
    let call = Call.post("/sessions", stage.serving.token, body: "{}", key: "k")
    let refused = try await stage.answer(call)
    #expect(refused.status == 403 && refused.code == "consent_required" && refused.body.contains("\"version\":\"v2\""))
    stage.consents.give("v2", by: stage.serving.user)
    #expect(try await stage.answer(call).status == 201)
  }

  @Test("where no version is set, no consent is asked for")
  func off() async throws {
    let stage = try SessionStage()
    try await stage.serving.revocations.fill(with: [], whole: true)
    stage.consents.setAway(true)
    #expect(try await stage.answer(.post("/sessions", stage.serving.token, body: "{}")).status == 201)
  }
}
