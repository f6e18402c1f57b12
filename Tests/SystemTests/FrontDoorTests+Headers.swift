import Foundation
import Testing

/// What an answer tells a browser, and which headers of a request count.
extension FrontDoorTests {
  @Test("every answer has an id and the security headers for a browser")
  func headers() async throws {
    try await FrontDoor.with(try Suite.running()) { door in
      let cases: [(String, String, Int)] = [
        ("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/page/app.js", 200), ("GET", "/config.json", 200),
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
        if path.hasSuffix(".js") || path == "/" || path == "/config.json" { continue }
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
}
