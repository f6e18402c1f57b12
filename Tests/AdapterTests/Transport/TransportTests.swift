import Foundation
import HTTPTransport
import Logging
import TestInfrastructure
import Testing

/// Tests the client with the sandbox's faults.
@Suite("The HTTP client", .serialized)
struct TransportTests {
  private let http = HTTPTransport(logger: Logger(label: "tests"))

  private func control(_ fault: String?) async throws {
    let body = fault.map { Array($0.utf8) }
    let answer = try await http.send(
      HTTPClientRequest(
        method: fault == nil ? "DELETE" : "PUT", url: try setting("SANDBOX_URL") + "/control/google/fault",
        headers: [("Content-Type", "application/json")], body: body), deadline: .seconds(5))
    #expect(answer.status == 204)
  }

  private func keys(deadline: Duration = .seconds(5), maximumBytes: Int = 1 << 20) async throws(TransportError) -> Int {
    let url = (try? setting("SANDBOX_URL")) ?? ""
    return try await http.send(
      HTTPClientRequest(method: "GET", url: url + "/google/oauth2/v3/certs"), deadline: deadline,
      maximumBytes: maximumBytes
    ).status
  }

  @Test("an answer has its status, headers and body")
  func answers() async throws {
    let answer = try await http.send(
      HTTPClientRequest(method: "GET", url: try setting("SANDBOX_URL") + "/google/oauth2/v3/certs"),
      deadline: .seconds(5)
    )
    #expect(answer.status == 200 && answer.header("Cache-Control")?.contains("max-age") == true)
    #expect(String(decoding: answer.body, as: UTF8.self).contains("\"keys\""))
  }

  @Test("a slow server is a timeout that may have had an effect")
  func timeout() async throws {
    try await control(#"{"kind":"latency","delay_ms":5000,"times":1,"path":"certs"}"#)
    await #expect(throws: TransportError.timeout(sent: true)) { try await keys(deadline: .milliseconds(200)) }
    try await control(nil)
  }

  @Test("a reset connection is reported as such")
  func reset() async throws {
    // Twice, because a GET on a kept connection that turns out to be dead is repeated.
    try await control(#"{"kind":"reset","times":2,"path":"certs"}"#)
    await #expect(throws: TransportError.broken) { try await keys() }
    try await control(nil)
  }

  @Test("a POST is sent once, also if a kept connection turns out dead")
  func once() async throws {
    let sandbox = try setting("SANDBOX_URL")
    for _ in 0..<3 { #expect(try await keys() == 200) }
    let marker = "once-\(UInt32.random(in: 0...UInt32.max))"
    func fault(_ method: String, _ body: String?) async throws {
      _ = try await http.send(
        HTTPClientRequest(
          method: method, url: sandbox + "/control/gemini/fault", headers: [("Content-Type", "application/json")],
          body: body.map { Array($0.utf8) }), deadline: .seconds(5))
    }
    try await fault("PUT", #"{"kind":"reset","times":1,"path":"\#(marker)"}"#)
    await #expect(throws: TransportError.broken) {
      try await http.send(
        HTTPClientRequest(method: "POST", url: "\(sandbox)/gemini/v1beta/models/\(marker):generateContent", body: []),
        deadline: .seconds(5))
    }
    try await fault("DELETE", nil)
    let log = try await http.send(
      HTTPClientRequest(method: "GET", url: sandbox + "/control/gemini/requests"), deadline: .seconds(5),
      maximumBytes: 16 << 20)
    #expect(String(decoding: log.body, as: UTF8.self).components(separatedBy: marker).count == 2)
  }

  @Test("a body over the limit is refused")
  func large() async throws {
    await #expect(throws: TransportError.tooLarge) { try await keys(maximumBytes: 16) }
  }

  @Test("a refused connection means that the server never got the request")
  func nobody() async throws {
    let error = await #expect(throws: TransportError.self) {
      try await http.send(HTTPClientRequest(method: "GET", url: "http://127.0.0.1:1/"), deadline: .seconds(2))
    }
    #expect(error == .connect && error?.mayHaveActed == false)
  }

  @Test(
    "only http and https are accepted, and no header that splits the request",
    arguments: ["file:///etc/passwd", "ftp://x/", "http://a b/", ""])
  func refused(_ url: String) async throws {
    await #expect(throws: TransportError.invalidRequest) {
      try await http.send(HTTPClientRequest(method: "GET", url: url), deadline: .seconds(1))
    }
    await #expect(throws: TransportError.invalidRequest) {
      try await http.send(
        HTTPClientRequest(method: "GET", url: "http://127.0.0.1/", headers: [("a", "b\r\nc: d")]), deadline: .seconds(1)
      )
    }
  }

  @Test("a cancelled request ends at once")
  func cancelled() async throws {
    try await control(#"{"kind":"timeout","delay_ms":20000,"times":1,"path":"certs"}"#)
    let request = Task { try await keys(deadline: .seconds(30)) }
    // Whether the server has received it or not, the caller stops waiting: the response would be 200, and the limit
    // `timeout`.
    request.cancel()
    await #expect(throws: TransportError.cancelled) { try await request.value }
    try await control(nil)
  }

  @Test("a hundred simultaneous requests are answered")
  func many() async throws {
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<100 { group.addTask { try await keys(deadline: .seconds(20)) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses == Array(repeating: 200, count: 100))
  }
}
