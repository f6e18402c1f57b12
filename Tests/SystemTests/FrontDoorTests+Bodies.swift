import Crypto
import Foundation
import HTTPTransport
import Testing

/// Bodies that do not arrive.
extension FrontDoorTests {
  /// Instances with a short patience, behind their own front door.
  private func impatient(_ suite: Suite, _ body: (FrontDoor) async throws -> Void) async throws {
    var upstreams: [String: String] = [:]
    let services = ["auth", "billing", "session"]
    for service in services {
      try await suite.dev("start", service, "2", "REQUEST_BODY_GRACE=2s")
      let address = try suite.past(service, 2).publicURL
      upstreams["\(service.uppercased())_UPSTREAMS"] = String(address.dropFirst("http://".count))
    }
    let result: Result<Void, any Error>
    do { result = .success(try await FrontDoor.with(suite, upstreams, body)) } catch { result = .failure(error) }
    for service in services { try await suite.dev("kill", service, "2") }
    try result.get()
  }

  private struct Slow: Sendable {
    let name, head, first: String
    var drip: String?
    var finishes = false
  }

  /// A signature in the right form and with the current time; only the whole body shows that it is wrong.
  private static let signature =
    "t=\(Int(Date().timeIntervalSince1970)),v0=\(String(repeating: "0", count: 64))"

  private static let slow: [Slow] = ["/auth/login", "/billing/webhooks/razorpay", "/sessions/webhooks/elevenlabs"]
    .flatMap { path in
      let head =
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Razorpay-Signature: aa\r\n"
        + "ElevenLabs-Signature: \(signature)\r\n"
      let (length, chunked) = (head + "Content-Length: 60000\r\n\r\n", head + "Transfer-Encoding: chunked\r\n\r\n")
      return [
        Slow(name: "\(path): half, then silence", head: length, first: "{\"a\":"),
        Slow(name: "\(path): nothing at all", head: length, first: ""),
        Slow(name: "\(path): a byte now and then", head: length, first: "{", drip: " "),
        Slow(name: "\(path): chunks without an end", head: chunked, first: "1\r\n{\r\n", drip: "1\r\n \r\n"),
        Slow(name: "\(path): a chunk longer than it is", head: chunked, first: "50\r\n{"),
        Slow(name: "\(path): half, then the end", head: length, first: "{\"a\":", finishes: true),
        Slow(name: "\(path): chunks, then the end", head: chunked, first: "1\r\n{\r\n", finishes: true),
      ]
    }

  @Test("a body that does not arrive is a 408 or a 400, and never taken as complete")
  func slowBodies() async throws {
    try await impatient(try Suite.running()) { door in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for slow in Self.slow {
          group.addTask {
            let connection = try await RawConnection.open(door.address)
            connection.send(slow.head + slow.first)
            if slow.finishes { connection.finish() }
            let dripping = Task {
              while let drip = slow.drip, !Task.isCancelled {
                connection.send(drip)
                try await ContinuousClock().sleep(for: .milliseconds(100))
              }
            }
            defer { dripping.cancel() }
            let answer = try #require(try await connection.answer(), "\(slow.name)")
            #expect(answer.status == (slow.finishes ? 400 : 408), "\(slow.name): \(answer)")
            #expect(answer.code == (slow.finishes ? "body_incomplete" : "body_timeout"), "\(slow.name): \(answer)")
            #expect(answer.header("x-request-id") == answer.json["instance"] as? String, "\(slow.name)")
          }
        }
        try await group.waitForAll()
      }
    }
  }

  /// Caddy's response depends on a race between its goroutines, so one client proves nothing.
  @Test("each of many clients that close their half in the middle of a body gets an answer")
  func brokenBodies() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      for slow in Self.slow.filter(\.finishes) {
        let answers = try await withThrowingTaskGroup(of: RawAnswer?.self) { group in
          for _ in 0..<40 {
            group.addTask {
              let connection = try await RawConnection.open(door.address)
              connection.send(slow.head + slow.first)
              connection.finish()
              return try await connection.answer()
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        for answer in answers {
          #expect(
            answer?.status == 400 && answer?.code == "body_incomplete", "\(slow.name): \(String(describing: answer))")
        }
      }
    }
  }

  @Test("a refusal is sent before the rest of the body has come")
  func earlyRefusals() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      for (line, status) in [
        ("PATCH /auth/me", 401), ("POST /auth/nothing", 404), ("POST /", 405), ("POST /sessions/x/end", 401),
        ("POST /sessions/webhooks/elevenlabs", 401),
      ] {
        let connection = try await RawConnection.open(door.address)
        connection.send(
          "\(line) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50000\r\n\r\n{")
        let answer = try #require(try await connection.answer(), "\(line)")
        #expect(answer.status == status && answer.header("connection") == "close", "\(line): \(answer)")
      }
    }
  }

  @Test("a signed body that comes slowly is refused, so that it is sent again; a long and steady one is accepted")
  func slowWebhooks() async throws {
    let suite = try Suite.running()
    try await impatient(suite) { door in
      let secret = try suite.setting("RAZORPAY_WEBHOOK_SECRET")
      let event = "{\"event\":\"nothing.\(UUID().uuidString)\",\"payload\":{}}"
      let razorpay = [
        ("X-Razorpay-Signature", hmac(event, secret)), ("x-razorpay-event-id", UUID().uuidString),
        ("Content-Type", "application/json"),
      ]
      let connection = try await RawConnection.open(door.address)
      connection.send(
        head("/billing/webhooks/razorpay", event.utf8.count, razorpay) + String(event.dropLast(5)))
      #expect(try await connection.answer()?.status == 408)
      let again = try await door.ask("POST", "/billing/webhooks/razorpay", headers: razorpay, body: event)
      #expect(again?.status == 200)

      // Longer in progress than the grace, at ten times the minimum rate.
      let time = String(Int(Date().timeIntervalSince1970))
      let said = String(repeating: "x", count: 1 << 20)
      let transcript =
        "{\"type\":\"post_call_transcription\",\"event_timestamp\":\(time),\"data\":{\"agent_id\":\"a\","
        + "\"conversation_id\":\"conv_of_nobody\",\"status\":\"done\",\"transcript\":[{\"role\":\"user\",\"message\":\""
        + said + "\"}],\"metadata\":{\"call_duration_secs\":10}}}"
      let signature = hmac("\(time).\(transcript)", try suite.setting("ELEVEN_WEBHOOK_SECRET"))
      let long = try await RawConnection.open(door.address)
      long.send(
        head(
          "/sessions/webhooks/elevenlabs", transcript.utf8.count,
          [("ElevenLabs-Signature", "t=\(time),v0=\(signature)"), ("Content-Type", "application/json")]))
      let bytes = Array(transcript.utf8)
      for start in stride(from: 0, to: bytes.count, by: 1 << 17) {
        long.send(Array(bytes[start..<min(start + 1 << 17, bytes.count)]))
        try await ContinuousClock().sleep(for: .milliseconds(350))
      }
      #expect(try await long.answer()?.status == 200)
    }
  }

  private func head(_ path: String, _ length: Int, _ headers: [(String, String)]) -> String {
    let fields = [("Host", "localhost"), ("Content-Length", "\(length)")] + headers
    return (["POST \(path) HTTP/1.1"] + fields.map { "\($0.0): \($0.1)" }).joined(separator: "\r\n") + "\r\n\r\n"
  }

  private func hmac(_ text: String, _ secret: String) -> String {
    HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(secret.utf8)))
      .map { String(format: "%02x", $0) }.joined()
  }

  @Test("a client that disconnects in the middle of its body causes no server error")
  func goneInMidBody() async throws {
    let suite = try Suite.running()
    let service = try suite.setting("AUTH_SERVICE_URL")
    func count(_ status: Int) async throws -> Int {
      let answer = try await suite.http.send(
        HTTPClientRequest(method: "GET", url: service + "/metrics"), deadline: .seconds(5))
      return String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        .filter { $0.hasPrefix("talktime_http_request_duration_seconds_count") && $0.contains("status=\"\(status)\"") }
        .reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
    }
    let log = try suite.setting("TALKTIME_STATE") + "/log/auth-1.log"
    func errors() throws -> Int {
      try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").count { $0.contains("a request failed") }
    }
    let (refused, failed, logged) = (try await count(400), try await count(500), try errors())
    for path in ["/auth/login", "/auth/register", "/auth/refresh"] {
      let connection = try await RawConnection.open(service)
      connection.send(head(path, 100, [("Content-Type", "application/json")]) + "{\"email\":")
      // Otherwise the service might notice the end before it has begun to handle the request.
      try await ContinuousClock().sleep(for: .milliseconds(100))
      connection.close()
    }
    _ = try await eventually("they are counted") { try await count(400) >= refused + 3 ? true : nil }
    #expect(try await count(500) == failed)
    #expect(try errors() == logged)
  }
}
