import Foundation
import HTTPServing
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite("The edge of a service")
struct EdgeResponseWriterTests {
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
    "a body of the wrong form is a 4xx problem",
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

  @Test("HEAD is answered as GET is, without a body, also when it is refused")
  func heads() async throws {
    let router = Serving.router()
    router.get("/things/:id") { _, _ in try json(["count": 1]) }
    let application = Serving.application(
      router, host: "127.0.0.1", port: 0, name: "test", publicURL: "http://localhost", logger: Logger(label: "tests"))
    try await application.test(.router) { client in
      for (path, status) in [("/things/1", 200), ("/nothing", 404)] {
        let response = try await client.execute(uri: path, method: .head)
        #expect(response.status.code == status && response.body.readableBytes == 0)
        #expect(response.headers[.contentType] != nil)
      }
      let wrong = try await client.execute(uri: "/things/1", method: .post)
      #expect(wrong.status == .methodNotAllowed && wrong.headers[.allow] == "GET, HEAD")
    }
  }

  @Test(
    "a byte order mark, and text in another encoding, are no JSON",
    arguments: [[0xEF, 0xBB, 0xBF, 0x7B, 0x7D], [0xFE, 0xFF, 0, 0x7B, 0, 0x7D], [0x7B, 0, 0x7D, 0]] as [[UInt8]])
  func codings(_ bytes: [UInt8]) async throws {
    try await client { client in
      let response = try await client.execute(
        uri: "/things", method: .post, headers: [.contentType: "application/json"], body: ByteBuffer(bytes: bytes))
      #expect(response.status == .badRequest)
      #expect(try problem(response)["code"] as? String == "invalid_body")
    }
  }

  @Test(
    "a token's scheme is case-insensitive, and several spaces may follow",
    arguments: [
      ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER   abc", "abc"), ("Bearer", nil), ("Bearer ", nil),
      ("Bearerabc", nil), ("Basic abc", nil), ("", nil), ("Bearer\tabc", nil), ("\u{62}\u{65}arer abc", "abc"),
      ("\u{212A}earer abc", nil),
    ])
  func bearer(_ header: String, _ token: String?) {
    #expect(BearerToken.read(header) == token)
  }

  @Test("a body of more than 64 KiB is a 413")
  func large() async throws {
    try await client { client in
      let response = try await client.execute(
        uri: "/things", method: .post, headers: [.contentType: "application/json"],
        body: ByteBuffer(string: "{\"count\":1,\"pad\":\"\(String(repeating: "x", count: 70_000))\"}"))
      #expect(response.status.code == 413)
    }
  }
}
