import Testing

@testable import AuthService

@Suite("Addresses without an account")
struct UnknownAddressTests {
  @Test("a wrong password takes one hash and one request from the limit, and a code one try, as with an account")
  func alike() async throws {
    let stage = try AuthStage()
    _ = try await stage.link(.resetPassword)
    for path in ["/auth/login", "/auth/password/reset"] {
      var costs: [Cost] = []
      for email in [AuthStage.email, "nobody@example.com"] {
        let (hashes, takes) = (stage.passwords.hashings, stage.serving.limiter.takes)
        let body = "{\"email\":\"\(email)\",\"code\":\"1234 5678\",\"password\":\"battery staple\"}"
        let answer = try await stage.answer(.post(path, body: body))
        costs.append(
          Cost(
            status: answer.status, code: answer.code, headers: Set(answer.headers.keys),
            hashes: stage.passwords.hashings - hashes, takes: stage.serving.limiter.takes - takes))
      }
      #expect(costs[0] == costs[1], "\(path)")
      #expect(costs[0].takes == (path == "/auth/login" ? 1 : 2))
    }
  }

  private struct Cost: Equatable {
    let status: Int
    let code: String?
    let headers: Set<String>
    let hashes, takes: Int
  }
}
