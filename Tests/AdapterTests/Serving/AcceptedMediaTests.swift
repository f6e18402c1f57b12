import HTTPServing
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@Suite("Content negotiation")
struct AcceptedMediaTests {
  private func answer(to accept: [String]) async throws -> (status: Int, body: String) {
    let router = Serving.router()
    router.get("/things") { request, _ in try request.preferredMedia(of: ["application/json", "text/csv"]) }
    let application = Serving.application(
      router, host: "127.0.0.1", port: 0, name: "test", publicURL: "http://localhost", logger: Logger(label: "tests"))
    return try await application.test(.router) { client in
      var headers = HTTPFields()
      for value in accept { headers.append(HTTPField(name: .accept, value: value)) }
      let response = try await client.execute(uri: "/things", method: .get, headers: headers)
      return (response.status.code, String(buffer: response.body))
    }
  }

  @Test(
    "a client gets the media type that it prefers, and the first one without a preference",
    arguments: [
      ("", "application/json"), ("*/*", "application/json"), ("application/*", "application/json"),
      ("text/csv", "text/csv"), ("text/*", "text/csv"), ("TEXT/CSV ; charset=utf-8", "text/csv"),
      ("text/csv, application/json", "application/json"), ("text/csv, */*", "text/csv"),
      ("text/csv;q=0.9, application/json;q=0.8", "text/csv"), ("text/csv;q=0.5, application/json", "application/json"),
      ("application/json;q=0, */*", "text/csv"), ("text/csv;q=0.001, text/html", "text/csv"),
      ("application/*;q=0.2, text/csv;q=0.1, */*;q=1.0", "application/json"), ("text/csv; q=1.000", "text/csv"),
      ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
    ])
  func preferred(accept: String, expected: String) async throws {
    let answer = try await answer(to: accept.isEmpty ? [] : [accept])
    #expect(answer.status == 200 && answer.body == expected, "\(accept)")
  }

  @Test("several Accept headers are one list")
  func several() async throws {
    #expect(try await answer(to: ["application/json;q=0.1", "text/csv;q=0.2"]).body == "text/csv")
  }

  @Test(
    "a media type that we cannot make is 406",
    arguments: [
      "text/html", "text/csv;q=0", "image/*", "*/*;q=0", "application/json;q=0.000, text/*;q=0",
      "text/html, text/csv;q=0",
    ])
  func none(accept: String) async throws {
    let answer = try await answer(to: [accept])
    #expect(answer.status == 406 && answer.body.contains("\"code\":\"not_acceptable\""))
  }

  @Test("an invalid quality value is ignored", arguments: ["2", "-1", "0.1234", "high", "1.5", ""])
  func quality(text: String) async throws {
    #expect(try await answer(to: ["text/csv;q=\(text), application/json;q=0.1"]).body == "application/json")
  }
}
