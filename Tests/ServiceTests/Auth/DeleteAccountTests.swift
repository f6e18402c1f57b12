import Domain
import Foundation
import Testing

@testable import AuthService

@Suite("Deleting one's account")
struct DeleteAccountTests {
  private let stage: AuthStage
  init() throws { stage = try AuthStage() }

  private func delete(_ body: String) async throws -> Answer {
    try await stage.serving.revocations.fill(with: [], whole: true)
    return try await stage.answer(.other(.delete, "/auth/me", stage.serving.token, body: body))
  }

  @Test("by a credential of the account's own Google account, which can be sent again after a refusal")
  func google() async throws {
    try await stage.serving.revocations.fill(with: [], whole: true)
    let link = try stage.credential(of: AuthStage.email, "first")
    #expect(try await stage.answer(.post("/auth/google/link", stage.serving.token, body: link)).status == 204)
    stage.accounts.setBalance(.seconds(9), of: stage.serving.user)
    _ = try stage.credential(of: AuthStage.email, "second")
    let kept = try await delete("{\"credential\":\"second\"}")
    #expect(kept.status == 409 && kept.body.contains("\"balance_ms\":9000"))
    #expect(try await stage.accounts.account(stage.serving.user) != nil)
    let gone = try await delete("{\"credential\":\"second\",\"forfeit\":true}")
    #expect(gone.status == 204 && gone.headers["set-cookie"]?.contains("Max-Age=0") == true)
    #expect(try await stage.accounts.account(stage.serving.user) == nil)
    #expect(stage.accounts.told.last == "user.deleted")
  }

  @Test("by a mailed code, and by a passkey")
  func otherProofs() async throws {
    for byPasskey in [true, false] {
      let stage = try AuthStage()
      try await stage.serving.revocations.fill(with: [], whole: true)
      let body =
        byPasskey
        ? "{\"passkey\":\(try await stage.passkeyProof())}"
        : "{\"code\":\"\(try await stage.code(.reauthenticate).shown)\"}"
      let call = Call.other(.delete, "/auth/me", stage.serving.token, body: body)
      #expect(try await stage.answer(call).status == 204)
      #expect(try await stage.accounts.account(stage.serving.user) == nil)
    }
  }

  @Test("a passkey's answer works once, also where talk time is left")
  func passkeyOnce() async throws {
    try await stage.serving.revocations.fill(with: [], whole: true)
    stage.accounts.setBalance(.seconds(9), of: stage.serving.user)
    let proof = try await stage.passkeyProof()
    #expect(try await delete("{\"passkey\":\(proof)}").status == 409)
    let again = try await delete("{\"passkey\":\(proof),\"forfeit\":true}")
    #expect(again.status == 401 && again.body.contains("invalid_credentials"))
    #expect(try await stage.accounts.account(stage.serving.user) != nil)
    let fresh = try await stage.passkeyProof()
    #expect(try await delete("{\"passkey\":\(fresh),\"forfeit\":true}").status == 204)
  }

  @Test("every device ends, and the address can be registered anew")
  func anew() async throws {
    let refresh = try await stage.refreshToken()
    #expect(try await delete("{\"password\":\"\(AuthStage.password)\"}").status == 204)
    #expect(stage.devices.open.isEmpty && Set(stage.devices.causes.values) == [.accountDeleted])
    #expect(try await stage.answer(.post("/auth/refresh", body: "{\"refresh_token\":\"\(refresh)\"}")).status == 401)
    #expect(try await stage.answer(.post("/auth/login", body: AuthStage.login)).status == 401)
    let anew = try await stage.answer(.post("/auth/register", body: AuthStage.login))
    #expect(anew.status == 201 && !anew.body.contains(stage.serving.user.description))
  }
}
