import Foundation
import Testing

/// Sends input that no correct page sends to every list, query parameter and number that a route reads.
@Suite("Input that is meant to break something", .serialized)
struct WildInputTests {
  private static let numbers = [
    "nan", "inf", "-inf", "1e300", "-1e300", "1e18", "-1e18", "9223372036854775807", "-9223372036854775808",
    "99999999999999999999", "", " ", "0x10", "1.5", "٣",
  ]

  private func encoded(_ text: String) -> String {
    Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }

  /// Checks that every process still runs.
  private func everybodyLives(_ suite: Suite) async throws {
    for service in ["auth", "billing", "sessions", "tasks"] {
      #expect(try await suite.call("GET", "/\(service)/healthz").status == 200, "\(service)")
    }
  }

  @Test("a forged cursor is 400 on every list, and no process ends")
  func cursors() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let id = "00000000-0000-4000-8000-000000000000"
    let lies =
      Self.numbers.flatMap { [$0 + " " + id, "0 " + $0, $0 + "x"] } + [
        "x", "\u{0}", "' OR 1=1 --", "-5 " + id, "5  " + id,
      ]
    for list in ["/tasks", "/sessions", "/billing/ledger", "/billing/transactions"] {
      for lie in lies {
        let answer = try await person.call("GET", "\(list)?cursor=\(encoded(lie))")
        #expect(answer.status == 400, "\(list) \(lie)")
        let errors = answer.json["errors"] as? [[String: Any]]
        #expect(errors?.first?["field"] as? String == "cursor", "\(list) \(lie)")
      }
      for text in ["!", "a", String(repeating: "a", count: 600), "%00", "//8"] {
        #expect(try await person.call("GET", "\(list)?cursor=\(text)").status == 400, "\(list) \(text)")
      }
    }
    try await everybodyLives(suite)
  }

  @Test("a cursor from a list leads on, to each of its items once")
  func goodCursors() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    for _ in 0..<3 { _ = try await person.order() }
    var (seen, cursor) = ([String](), "")
    repeat {
      let page = try await person.call("GET", "/billing/transactions?limit=1\(cursor)")
      try #require(page.status == 200 && seen.count < 10)
      seen += page.items.compactMap { $0["id"] as? String }
      cursor = (page.json["next_cursor"] as? String).map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    #expect(seen.count == 3 && Set(seen).count == 3)
  }

  @Test("an impossible time, limit or number is 400")
  func parameters() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let moments =
      Self.numbers + [
        "0001-01-01T00:00:00+23:59", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z",
        "-0001-01-01T00:00:00Z", "2026-11-25T16:00:00.\(String(repeating: "9", count: 30))Z",
      ]
    for moment in moments {
      #expect(try await person.call("GET", "/billing/balance?at=\(escaped(moment))").status == 400, "\(moment)")
    }
    #expect(try await person.call("GET", "/billing/balance?at=1970-01-01T00:00:00Z").status == 200)
    for number in Self.numbers {
      for list in ["/tasks", "/sessions", "/billing/ledger", "/billing/transactions"] {
        #expect(try await person.call("GET", "\(list)?limit=\(escaped(number))").status == 400, "\(list) \(number)")
      }
    }
    try await everybodyLives(suite)
  }

  @Test("numbers in bodies and in a beat are whole and within their bounds, or refused with 400")
  func bodies() async throws {
    let suite = try Suite.running()
    let talk = try await Person.signUp(suite, with: 600_000).startTalk()
    let path = "/sessions/\(talk.id)/heartbeat"
    for number in Self.numbers where !["", " "].contains(number) {
      #expect(try await talk.person.call("POST", "\(path)?seq=\(escaped(number))").status == 400, "\(number)")
    }
    let json = [
      "1e300", "-1e300", "1e400", "9223372036854775807", "9223372036854775808", "-1", "1.5", "\"1\"", "[]", "true",
      "99999999999999999999999999999999999999999999",
    ]
    for number in json {
      let answer = try await suite.post(
        path, Array(#"{"seq":\#(number)}"#.utf8),
        headers: [("Authorization", "Bearer \(talk.person.token)"), ("Content-Type", "application/json")])
      #expect(answer.status == 400, "\(number)")
    }
    #expect(try await talk.beat(1).status == 200)
    _ = try await talk.end()
    try await everybodyLives(suite)
  }

  @Test("an operator's lists refuse cursors and ids that they never wrote, and no process ends")
  func operatorsLists() async throws {
    let suite = try Suite.running()
    let chief = try await Person.chief(suite)
    let id = "00000000-0000-4000-8000-000000000000"
    let talk = "00" + String(repeating: "0", count: 30)
    for list in ["/sessions/live", "/tasks/dead-letters"] {
      for number in Self.numbers {
        for lie in [number, number + " " + id, "\(number)-0", "talk-\(number)-0", "talk-0-\(number)", talk + number] {
          // A cursor may lead on from an entry that no longer exists; it is accepted, or the status is 400.
          let answer = try await chief.call("GET", "\(list)?cursor=\(encoded(lie))")
          #expect([200, 400].contains(answer.status), "\(list) \(lie): \(answer.status)")
        }
        #expect(
          try await chief.call("GET", "\(list)?cursor=\(encoded("x" + number))").status == 400, "\(list) \(number)")
        #expect(try await chief.call("GET", "\(list)?limit=\(escaped(number))").status == 400, "\(list) \(number)")
      }
      #expect(try await chief.call("GET", list).status == 200)
    }
    for number in Self.numbers where !["", " "].contains(number) {
      for path in ["/tasks/\(escaped(number))/retry", "/tasks/dead-letters/\(escaped("talk-\(number)-0"))/replay"] {
        #expect([400, 404].contains(try await chief.call("POST", path).status), "\(path)")
      }
    }
    try await everybodyLives(suite)
  }

  @Test("impossible amounts of money and time move nothing")
  func sums() async throws {
    let suite = try Suite.running()
    let (chief, person) = (try await Person.chief(suite), try await Person.signUp(suite))
    try await person.buyTenMinutes()
    let orders = try await person.call("GET", "/billing/transactions")
    let bought = try #require(orders.items.first?["id"] as? String)
    let before = try await person.balance()
    let json = [
      "nan", "1e300", "-1e300", "1e400", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.5",
      "\"1\"", "[]", "true", "null", "99999999999999999999999999999999999999999999", "0",
    ]
    for number in json {
      for (path, field) in [
        ("/billing/wallets/\(person.id)/grants", "talktime_ms"),
        ("/billing/wallets/\(person.id)/adjustments", "talktime_ms"), ("/billing/orders/\(bought)/refund", "amount"),
      ] where !(field == "amount" && number == "null") {
        let answer = try await suite.post(
          path, Array(#"{"\#(field)":\#(number),"reason":"a test"}"#.utf8),
          headers: [
            ("Authorization", "Bearer \(chief.token)"), ("Content-Type", "application/json"),
            ("Idempotency-Key", UUID().uuidString),
          ])
        #expect([400, 409, 422].contains(answer.status), "\(path) \(number): \(answer.status)")
      }
    }
    for (path, body) in [
      ("/billing/orders", #"{"pack_id":1e300}"#), ("/billing/orders", #"{"pack_id":9223372036854775808}"#),
      ("/billing/payments/verify", #"{"razorpay_order_id":1e300}"#),
    ] {
      let answer = try await suite.post(
        path, Array(body.utf8),
        headers: [("Authorization", "Bearer \(person.token)"), ("Content-Type", "application/json")])
      #expect(answer.status == 400, "\(path) \(body)")
    }
    let after = try await person.balance()
    #expect(try after.number("balance_ms") == before.number("balance_ms"))
    try await everybodyLives(suite)
  }

  @Test("a refusal is kept for its key, and another body gets 422")
  func keptRefusals() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    let key = [("Idempotency-Key", UUID().uuidString)]
    let poor = try await person.call("POST", "/sessions", body: [:], headers: key)
    #expect(poor.status == 402)
    let other = try await person.call("POST", "/sessions", body: ["take_over": true], headers: key)
    #expect(other.status == 422 && other.json["code"] as? String == "idempotency_key_reused")
    try await person.buyTenMinutes()
    let again = try await person.call("POST", "/sessions", body: [:], headers: key)
    #expect(again.status == 402 && again.response.header("idempotent-replayed") == "true")
    #expect(again.response.body == poor.response.body)
    #expect(again.response.header("content-type") == "application/problem+json")
    let fresh = try await person.call("POST", "/sessions", body: [:], headers: [("Idempotency-Key", UUID().uuidString)])
    #expect(fresh.status == 201)

    let orders = [("Idempotency-Key", UUID().uuidString)]
    let bad = try await person.call("POST", "/billing/orders", body: ["pack_id": 5], headers: orders)
    #expect(bad.status == 400)
    let good = try await person.call("POST", "/billing/orders", body: ["pack_id": "ten-minutes"], headers: orders)
    #expect(good.status == 422 && good.json["code"] as? String == "idempotency_key_reused")
  }
}
