import Foundation
import HTTPServing
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite("The edge of a service")
struct EdgeTests {
  private struct Body: Decodable { let count: Int }

  private func client(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
    let router = Serving.router()
    router.post("/things") { request, _ in
      let body = try await request.decodeJSON(Body.self)
      return try json(["count": body.count])
    }
    let application = Serving.application(
      router, host: "127.0.0.1", port: 0, name: "test", publicURL: "http://localhost", logger: Logger(label: "tests"))
    try await application.test(.router) { try await body($0) }
  }

  private func problem(_ response: TestResponse) throws -> [String: Any] {
    #expect(response.headers[.contentType] == "application/problem+json")
    let json = try JSONSerialization.jsonObject(with: Data(buffer: response.body)) as? [String: Any]
    return try #require(json)
  }

  @Test(
    "a body that does not fit is a 4xx problem",
    arguments: [
      ("{\"count\":\"one\"}", "application/json", 400), ("{", "application/json", 400),
      ("{\"count\":1}", "text/plain", 415), ("{\"count\":1,\"a\":\"\\u0000\"}", "application/json", 400),
      ("[]", "application/json", 400), ("", "application/json", 400),
    ])
  func bodies(_ text: String, _ type: String, _ status: Int) async throws {
    try await client { client in
      let response = try await client.execute(
        uri: "/things", method: .post, headers: [.contentType: type], body: ByteBuffer(string: text))
      #expect(response.status.code == status)
      let problem = try problem(response)
      #expect(problem["status"] as? Int == status)
      #expect((problem["type"] as? String)?.hasPrefix("http://localhost/problems/") == true)
      #expect(problem["instance"] as? String != nil)
    }
  }

  @Test("an unknown path is a 404 and a wrong method a 405 problem")
  func paths() async throws {
    try await client { client in
      let missing = try await client.execute(uri: "/nothing", method: .get)
      #expect(missing.status == .notFound)
      #expect(try problem(missing)["code"] as? String == "not_found")
      let wrong = try await client.execute(uri: "/things", method: .delete)
      #expect(wrong.status == .methodNotAllowed)
      #expect(try problem(wrong)["code"] as? String == "method_not_allowed")
    }
  }

  @Test("more than 64 KiB is a 413")
  func large() async throws {
    try await client { client in
      let response = try await client.execute(
        uri: "/things", method: .post, headers: [.contentType: "application/json"],
        body: ByteBuffer(string: "{\"count\":1,\"pad\":\"\(String(repeating: "x", count: 70_000))\"}"))
      #expect(response.status.code == 413)
    }
  }
}
