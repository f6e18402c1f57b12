import Foundation
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
      for path in ["/", "/config.json", "/both/style.css"] {
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
