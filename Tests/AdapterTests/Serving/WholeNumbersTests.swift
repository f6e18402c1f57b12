import HTTPServing
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite("JSON numbers that must be whole")
struct WholeNumbersTests {
  private struct Body: Decodable {
    let count: Int64
    let reason: String?
  }

  private func post(_ text: String) async throws -> (status: Int, body: String) {
    let router = Serving.router()
    router.post("/things") { request, _ in
      let body = try await request.decodeWholeJSON(Body.self)
      return try json(["count": body.count])
    }
    let application = Serving.application(
      router, host: "127.0.0.1", port: 0, name: "test", publicURL: "http://localhost", logger: Logger(label: "tests"))
    return try await application.test(.router) { client in
      let response = try await client.execute(
        uri: "/things", method: .post, headers: [.contentType: "application/json"], body: ByteBuffer(string: text))
      return (response.status.code, String(buffer: response.body))
    }
  }

  @Test(
    "whole numbers are read as they are, independently of strings beside them",
    arguments: [
      "{\"count\":5}", "{\"count\": 5 ,\"reason\":\"1.5e3\"}", "{\"reason\":\"say \\\"1.5\\\"\",\"count\":5}",
      "{\"reason\":\"back\\\\\",\"count\":5}", "{\"count\":5,\"other\":[true,false,null,-7]}",
      "{\"count\":5,\"e.e\":\"E\"}",
    ])
  func whole(text: String) async throws {
    let answer = try await post(text)
    #expect(answer.status == 200 && answer.body == "{\"count\":5}", "\(answer)")
  }

  @Test(
    "numbers in another notation are not read as integers",
    arguments: ["5.0", "5e0", "5E3", "5e+3", "0.5e1", "1.5"])
  func fractions(number: String) async throws {
    #expect(try await post("{\"count\":\(number)}").status == 400)
    #expect(try await post("{\"reason\":\"\\\"\",\"count\":\(number)}").status == 400)
  }

  @Test(
    "a value that is no whole number is refused",
    arguments: ["\"5\"", "true", "null", "9223372036854775808", "[5]", "{}", "05"])
  func others(value: String) async throws {
    #expect(try await post("{\"count\":\(value)}").status == 400)
  }
}
