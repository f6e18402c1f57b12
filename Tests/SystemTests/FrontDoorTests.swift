import Crypto
import Foundation
import HTTPTransport
import Testing

/// The rules that apply to every request from outside. `./dev test` runs them with Debian's Caddy and with the current
/// one.
@Suite("The front door", .serialized)
struct FrontDoorTests {
  // MARK: hosts and paths

  @Test("only our own hosts are served, in every form of a request")
  func hosts() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      for host in ["localhost", "localhost:\(door.port)", "127.0.0.1:\(door.port)", "LOCALHOST"] {
        #expect(try await door.ask("GET", "/auth/healthz", host: host)?.status == 200, "\(host)")
      }
      for host in ["evil.example", "evil.example:\(door.port)", "localhost.evil.example", "127.0.0.1.evil.example"] {
        for path in ["/", "/config.json", "/auth/healthz", "/billing/packs", "/sessions/x/link", "/metrics"] {
          let answer = try #require(try await door.ask("GET", path, host: host))
          #expect(answer.status == 421 && answer.code == "foreign_host", "\(host)\(path): \(answer)")
        }
      }
      let foreign = try #require(try await door.ask("GET", "http://evil.example/auth/healthz"))
      #expect(foreign.status == 421)
    }
  }

  @Test("a request with two hosts, or without one, is refused")
  func hostTwice() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      for head in ["GET / HTTP/1.1", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example"] {
        let connection = try await RawConnection.open(door.address)
        connection.send(head + "\r\n\r\n")
        #expect(try await connection.answer()?.status == 400)
      }
    }
  }

  @Test("an ambiguous path is refused")
  func crookedPaths() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      for path in [
        "//auth/healthz", "/auth//healthz", "/auth/../metrics", "/auth/./healthz", "/auth/..", "/auth/%2e%2e/metrics",
        "/auth/%2E/healthz", "/auth/..%2fmetrics", "/%2fauth/healthz", "/auth/%00", "/auth/healthz%00",
        "/auth/a%0d%0ab",
        "/auth/..%5cmetrics",
      ] {
        let answer = try #require(try await door.ask("GET", path))
        #expect(answer.status == 400 && answer.code == "invalid_request", "\(path): \(answer)")
      }
    }
  }

  @Test("the internal routes of a service's port are not available here")
  func privatePaths() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      for path in ["/metrics", "/readyz", "/%6detrics", "/re%61dyz", "/metrics/"] {
        #expect(try await door.ask("GET", path)?.status == 404, "\(path)")
      }
      for service in ["auth", "billing", "sessions", "tasks"] {
        for path in ["/\(service)/metrics", "/\(service)/readyz", "/\(service)/%6detrics"] {
          let answer = try #require(try await door.ask("GET", path))
          #expect((400..<500).contains(answer.status) && !answer.body.contains("talktime_"), "\(path): \(answer)")
        }
      }
    }
  }

  @Test("methods that no route has are refused, and HEAD is answered where GET is")
  func methods() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      for path in ["/", "/auth/me", "/billing/packs", "/sessions", "/tasks"] {
        for method in ["TRACE", "TRACK"] {
          #expect(try await door.ask(method, path)?.status == 405, "\(method) \(path)")
        }
      }
      for path in ["/", "/config.json", "/style.css"] {
        let answer = try await door.ask("POST", path, body: "{}")
        #expect(answer?.status == 405 && answer?.header("allow") == "GET, HEAD", "\(path)")
      }
      for path in ["/", "/config.json", "/auth/healthz", "/healthz", "/billing/packs", "/auth/me", "/auth/nothing"] {
        let (head, get) = (try await door.ask("HEAD", path), try await door.ask("GET", path))
        #expect(head?.status == get?.status, "\(path)")
        #expect(head?.header("content-type") == get?.header("content-type"), "\(path)")
      }
    }
  }

  @Test("the contract and the page that shows it are served")
  func contract() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      let document = try #require(try await door.ask("GET", "/openapi.yaml"))
      #expect(document.status == 200 && document.header("content-type") == "application/yaml")
      #expect(document.json["openapi"] as? String == "3.1.1")
      let tag = try #require(document.header("etag"))
      let headers = [("If-None-Match", tag), ("Connection", "close")]
      #expect(try await door.ask("GET", "/openapi.yaml", headers: headers)?.status == 304)
      let page = try #require(try await door.ask("GET", "/docs"))
      #expect(page.status == 200 && page.header("content-type") == "text/html; charset=utf-8")
      #expect(page.header("content-security-policy")?.contains("script-src 'self'") == true)
      #expect(page.header("cache-control") == "no-cache")
    }
  }

  @Test("a service's own port sends no further bytes after the answer to HEAD")
  func headInSync() async throws {
    let suite = try Suite.running()
    let connection = try await RawConnection.open(try suite.setting("AUTH_SERVICE_URL"))
    for (path, status) in [("/auth/healthz", 200), ("/auth/me", 401), ("/nothing", 404)] {
      connection.send("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await connection.answer(head: true)?.status == status)
      connection.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
      let answer = try #require(try await connection.answer())
      #expect(answer.status == status && !answer.body.isEmpty)
    }
  }

  // MARK: headers

  @Test("every answer has an id and the security headers for a browser")
  func headers() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      let cases: [(String, String, Int)] = [
        ("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/js/app.js", 200), ("GET", "/config.json", 200),
        ("GET", "/nothing", 404), ("GET", "/metrics", 404), ("GET", "/auth/healthz", 200), ("GET", "/auth/me", 401),
        ("GET", "/billing/packs", 200), ("GET", "/sessions/x/link", 426), ("GET", "//", 400), ("TRACE", "/", 405),
        ("POST", "/sessions/x/heartbeat", 401),
      ]
      for (method, path, status) in cases {
        let answer = try #require(try await door.ask(method, path))
        #expect(answer.status == status, "\(method) \(path): \(answer)")
        for name in ["server", "via", "x-powered-by"] { #expect(answer.header(name) == nil, "\(path): \(name)") }
        for (name, value) in [
          ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"),
          ("cross-origin-opener-policy", "same-origin-allow-popups"),
        ] { #expect(answer.all(name) == [value], "\(path): \(name)") }
        #expect(answer.all("x-request-id").count == 1 && answer.all("content-security-policy").count == 1, "\(answer)")
        #expect(answer.header("content-security-policy")?.contains("frame-ancestors 'none'") == true)
        #expect(answer.header("permissions-policy")?.contains("microphone=(self)") == true)
        #expect(answer.header("strict-transport-security") == nil)
        if path.contains("/js/") || path == "/" || path == "/config.json" { continue }
        #expect(answer.header("cache-control")?.contains("no-store") == true, "\(path)")
        if method != "HEAD", status >= 400 {
          #expect(answer.json["instance"] as? String == answer.header("x-request-id"), "\(answer)")
        }
      }
      // Responses that Caddy's server sends before any of our rules have neither header, and disclose nothing.
    }
    try await FrontDoor.with(
      try Suite.running(), ["PUBLIC_URL": "https://talktime.example", "CADDY_HOSTS": "talktime.example localhost"]
    ) { door in
      for path in ["/", "/nothing", "/auth/healthz"] {
        let answer = try #require(try await door.ask("GET", path, host: "talktime.example"))
        #expect(answer.header("strict-transport-security")?.hasPrefix("max-age=63072000") == true, "\(path)")
      }
    }
  }

  private func directives(_ answer: RawAnswer?) throws -> [String: [String]] {
    let policy = try #require(answer?.header("content-security-policy"))
    return policy.split(separator: ";").reduce(into: [:]) { found, directive in
      let words = directive.split(separator: " ").map(String.init)
      if let name = words.first { found[name] = Array(words.dropFirst()) }
    }
  }

  @Test("the page may load what it needs from a configured provider, and nothing from others")
  func pagePolicy() async throws {
    let suite = try Suite.running()
    try await FrontDoor.with(
      suite,
      [
        "RAZORPAY_CHECKOUT_URL": "https://checkout.razorpay.com/v1/checkout.js",
        "ELEVEN_SOCKET_ORIGINS": "",
      ]
    ) { door in
      let policy = try directives(try await door.ask("GET", "/"))
      #expect(policy["default-src"] == ["'none'"] && policy["base-uri"] == ["'none'"])
      #expect(policy["worker-src"] == ["'self'"])
      #expect(
        policy["script-src"] == ["'self'", "https://checkout.razorpay.com", "https://accounts.google.com/gsi/client"])
      #expect(policy["frame-src"]?.contains("https://api.razorpay.com") == true)
      #expect(policy["connect-src"]?.contains("wss://api.elevenlabs.io") == true)
      #expect(policy.values.joined().allSatisfy { !$0.contains("unsafe") && $0 != "*" && $0 != "https:" })
      let permitted = try #require(try await door.ask("GET", "/")?.header("permissions-policy"))
      for feature in ["payment", "otp-credentials", "clipboard-read", "clipboard-write"] {
        #expect(permitted.contains("\(feature)=(self \"https://api.razorpay.com\""), "\(feature)")
      }
    }
    try await FrontDoor.with(suite, ["RAZORPAY_KEY_ID": "", "GOOGLE_CLIENT_ID": "", "AGENT_ID": ""]) { door in
      let answer = try await door.ask("GET", "/")
      let policy = try directives(answer)
      #expect(policy["script-src"] == ["'self'"] && policy["frame-src"] == ["'self'"])
      #expect(policy["connect-src"]?.filter { $0 != "'self'" && !$0.hasPrefix("ws://localhost") } == [])
      #expect(answer?.header("permissions-policy")?.contains("payment=(self)") == true)
    }
  }

  @Test("the page itself has neither a script nor a style in its markup")
  func markup() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      let page = try #require(try await door.ask("GET", "/")?.body)
      for pattern in ["<style", "<script>", " style=", " onclick=", " onload=", "javascript:"] {
        #expect(!page.contains(pattern), "\(pattern)")
      }
    }
  }

  @Test("a client's forwarding headers are ignored, and it cannot remove headers that a service relies on")
  func forwarded() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      let given = UUID().uuidString
      for more in [[], [("Connection", "X-Request-Id, X-Forwarded-For")], [("Connection", "close, x-request-id")]] {
        let answer = try #require(try await door.ask("GET", "/auth/me", headers: [("X-Request-Id", given)] + more))
        let id = try #require(answer.header("x-request-id"))
        #expect(id != given && answer.json["instance"] as? String == id)
        // An id that a service generates itself is not a UUID, so this one is Caddy's.
        #expect(UUID(uuidString: id) != nil, "\(id)")
      }
    }
    // All requests come from one client, with any headers: so the remaining quota decreases.
    let suite = try Suite.running()
    try await suite.dev("start", "auth", "2", "RATE_LIMITS=production")
    let limited = String(try suite.past("auth", 2).publicURL.dropFirst("http://".count))
    try await FrontDoor.with(suite, ["AUTH_UPSTREAMS": limited]) { door in
      var left: [Int] = []
      for (number, more) in [
        [], [("X-Forwarded-For", "203.0.113.1")], [("X-Real-IP", "203.0.113.2")], [("Forwarded", "for=203.0.113.3")],
        [("X-Forwarded-For", "203.0.113.4"), ("Connection", "X-Forwarded-For")],
      ].enumerated() {
        let answer = try #require(try await door.ask("GET", "/auth/google/nonce", headers: more))
        let limit = try #require(answer.header("ratelimit")?.firstMatch(of: /r=(\d+)/)?.1, "\(number): \(answer)")
        left.append(try #require(Int(limit)))
      }
      // The quota recovers at one request per ten seconds. With five clients, each would have the same remaining quota.
      #expect(Set(left).count > 1, "\(left)")
    }
    try await suite.dev("kill", "auth", "2")
  }

  @Test("a token's scheme is case-insensitive")
  func bearer() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await FrontDoor.with(suite) { door in
      for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer "] {
        let answer = try await door.ask("GET", "/auth/me", headers: [("Authorization", "\(scheme) \(person.token)")])
        #expect(answer?.status == 200, "\(scheme)")
      }
      for value in ["Bearer", "Bearer ", "Bearer\(person.token)", "Basic \(person.token)", person.token] {
        let answer = try await door.ask("GET", "/auth/me", headers: [("Authorization", value)])
        #expect(answer?.status == 401 && answer?.header("www-authenticate") != nil, "\(value.prefix(8))")
      }
    }
  }

  @Test("a page of another origin cannot read an answer or use the cookie")
  func origins() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      let foreign = ("Origin", "https://evil.example")
      for (method, path) in [("GET", "/auth/me"), ("OPTIONS", "/auth/login"), ("GET", "/"), ("OPTIONS", "/")] {
        let asks = [
          foreign, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization"),
        ]
        let answer = try #require(try await door.ask(method, path, headers: asks))
        #expect(!answer.headers.contains { $0.name.hasPrefix("access-control-") }, "\(method) \(path)")
      }
      for origin in [[foreign], [("Origin", "null")], []] {
        let answer = try await door.ask(
          "POST", "/auth/refresh",
          headers: origin + [("Cookie", "tt_refresh=made-up"), ("Content-Type", "application/json")])
        #expect(answer?.status == 403 && answer?.code == "foreign_origin", "\(origin)")
      }
    }
  }

  // MARK: requests that are none

  @Test("a request with two lengths, a wrong chunk or an endless head is refused, and no request is smuggled")
  func framing() async throws {
    let suite = try Suite.running()
    try await FrontDoor.with(suite) { door in
      let head = "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"
      let cases: [(String, String)] = [
        ("two lengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
        ("a length below zero", head + "Content-Length: -2\r\n\r\n{}"),
        ("a length with a sign", head + "Content-Length: +2\r\n\r\n{}"),
        ("a length that is none", head + "Content-Length: two\r\n\r\n{}"),
        ("a length beyond 64 bits", head + "Content-Length: 99999999999999999999\r\n\r\n{}"),
        ("a chunk that is too short", chunked + "2\r\n{}{}\r\n0\r\n\r\n"),
        ("a chunk without a size", chunked + "zz\r\n{}\r\n0\r\n\r\n"),
        ("a chunk beyond 64 bits", chunked + "1ffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("another coding", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("a space before the colon", head + "Content-Length : 2\r\n\r\n{}"),
        ("a line that is folded", head + "X-A: b\r\n c\r\nContent-Length : 2\r\n\r\n{}"),
        ("a header of 1 MB", head + "X-A: \(String(repeating: "a", count: 1 << 20))\r\n\r\n"),
        ("10,000 headers", head + String(repeating: "X-A: b\r\n", count: 10_000) + "\r\n"),
        ("a declared megabyte", head + "Content-Length: 1048576\r\n\r\n{}"),
      ]
      for (name, request) in cases {
        let connection = try await RawConnection.open(door.address)
        connection.send(request)
        // The end of the connection is an acceptable response too.
        guard let answer = try await connection.answer() else { continue }
        #expect((400..<500).contains(answer.status) || answer.status == 501, "\(name): \(answer)")
      }
      // Caddy follows the chunks, as RFC 9112 requires, and passes on one length. So what follows is another request or
      // none, and never part of this one.
      let connection = try await RawConnection.open(door.address)
      connection.send(
        head
          + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /auth/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
      )
      #expect(try await connection.answer()?.status == 400)
      if let next = try await connection.answer() { #expect(next.status == 404) }
      #expect(try await door.ask("GET", "/auth/healthz")?.status == 200)
    }
  }

  @Test("a connection with an endless head is closed")
  func slowHead() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      let connection = try await RawConnection.open(door.address)
      connection.send("GET /auth/healthz HTTP/1.1\r\nHost: localhost\r\n")
      var number = 0
      let isCut: Bool = try await eventually("the head is cut") {
        number += 1
        connection.send("X-\(number): a\r\n")
        return connection.isOver ? true : nil
      }
      #expect(isCut)
      let answer = try await connection.answer()
      #expect(answer == nil || answer?.status == 408)
    }
  }

  @Test("invalid JSON is a 400, and compressed or other text a 415")
  func bodies() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      let json = [("Content-Type", "application/json")]
      let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
      for body in [
        deep, "{\"email\":\(deep)}", "{\"email\":\"\\ud800\",\"password\":\"a\"}",
        "{\"email\":\"a@example.com\",\"password\":\"\\udc00\\ud800 and more of it\"}",
        "{\"email\":1e400,\"password\":\"a\"}", "{\"email\":99999999999999999999999,\"password\":\"a\"}",
        "\u{FEFF}{\"email\":\"a@example.com\",\"password\":\"a quiet lake\"}", "{", "[]", "null", "\"\"", "1", "",
      ] {
        let answer = try #require(try await door.ask("POST", "/auth/login", headers: json, body: body))
        #expect(answer.status == 400, "\(body.prefix(40)): \(answer)")
      }
      let body = "{\"email\":\"a@example.com\",\"password\":\"a quiet lake\"}"
      for coding in ["gzip", "deflate", "br", "identity, gzip"] {
        let answer = try await door.ask(
          "POST", "/auth/login", headers: json + [("Content-Encoding", coding)], body: body)
        #expect(answer?.status == 415, "\(coding)")
      }
      for type in [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "application/jsonx",
      ] {
        let answer = try await door.ask("POST", "/auth/login", headers: [("Content-Type", type)], body: body)
        #expect(answer?.status == 415, "\(type)")
      }
    }
  }

  @Test("no input can add a line to an answer or to a log")
  func lines() async throws {
    let suite = try Suite.running()
    let mark = UUID().uuidString
    try await FrontDoor.with(suite) { door in
      // Some parsers end a header at a bare line feed and others do not.
      for value in ["a\rX-\(mark): b", "a\u{0}b", "a\u{7F}b"] {
        let answer = try await door.ask("GET", "/auth/healthz", headers: [("X-Request-Id", value), ("X-A", value)])
        #expect(answer == nil || !"\(answer?.description ?? "")".contains(mark))
      }
      let name = "\\r\\nX-\(mark): b\\r\\n{\\\"level\\\":\\\"error\\\"}"
      let body = "{\"email\":\"\(mark)@example.com\",\"password\":\"a quiet lake\",\"name\":\"\(name)\"}"
      let answer = try #require(
        try await door.ask("POST", "/auth/register", headers: [("Content-Type", "application/json")], body: body))
      #expect(!answer.headers.contains { $0.name.contains(mark.lowercased()) })
    }
    let service = try suite.setting("AUTH_SERVICE_URL")
    let connection = try await RawConnection.open(service)
    connection.send("GET /auth/%0d%0a\(mark) HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(mark)\"}\r\n\r\n")
    #expect(try await connection.answer()?.status == 404)
    let log = try suite.setting("TALKTIME_STATE") + "/log/auth-1.log"
    for line in try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n") where line.contains(mark) {
      #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
    }
  }

  // MARK: bodies that do not arrive

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

  // MARK: streams

  @Test("an event stream is not compressed, even if the client accepts it")
  func packedStreams() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    try await FrontDoor.with(suite) { door in
      for coding in ["gzip", "br", "zstd", "gzip, deflate, br, zstd", "identity"] {
        let stream = try await EventStream.open(
          "\(door.address)/sessions/\(talk.id)/events", token: person.token, headers: [("Accept-Encoding", coding)])
        #expect(!stream.head.contains("content-encoding"), "\(coding)")
        #expect(stream.head.contains("content-type: text/event-stream"), "\(coding)")
        // The talk is live, so the stream does not end: an event that arrives has passed through the open stream.
        #expect(try await stream.event().event != nil, "\(coding)")
        stream.close()
      }
    }
    _ = try await talk.end()
  }
}
