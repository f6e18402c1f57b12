import Foundation
import Testing

/// An invented user who uses the suite from outside, through Caddy.
struct Person: Sendable {
  static let password = "a quiet mountain lake"
  let suite: Suite
  let email: String
  let id: String
  let token: String

  /// The body of a sign-in.
  var login: [String: Any] { ["email": email, "password": Self.password] }

  /// - Parameter email: nil for a new address at example.com.
  static func signUp(_ suite: Suite, email given: String? = nil) async throws -> Person {
    let email = given ?? "system-\(UUID().uuidString.lowercased())@example.com"
    let answer = try await eventually("somebody answers") {
      let answer = try await suite.call(
        "POST", "/auth/register", body: ["email": email, "password": password, "name": "Asha"])
      // A 503 means that the request may be repeated, as in the second after Redis was emptied.
      return answer.status == 503 ? nil : answer
    }
    try #require(answer.status == 201, "\(answer.json)")
    let user = try #require(answer.json["user"] as? [String: Any])
    return Person(
      suite: suite, email: email, id: try #require(user["id"] as? String), token: try answer.text("access_token"))
  }

  func call(
    _ method: String, _ path: String, body: [String: Any]? = nil, headers: [(String, String)] = []
  ) async throws -> Answer {
    try await suite.call(method, path, token: token, body: body, headers: headers)
  }

  /// Follows the link of the verification mail.
  func verifyEmail() async throws {
    let mail = try await mail("verif|confirm")
    let text = try #require(mail["text"] as? String)
    let match = try #require(text.firstMatch(of: /#verify=([A-Za-z0-9_.~-]+)/), "no link in the mail")
    let answer = try await suite.call("POST", "/auth/email/verify", body: ["token": String(match.1)])
    #expect(answer.status == 204)
  }

  /// The newest mail to this user with a matching subject; waits for it.
  func mail(_ subject: String) async throws -> [String: Any] {
    let pattern = try Regex(subject).ignoresCase()
    return try await eventually(within: .seconds(60), "a mail like '\(subject)' to \(email)") {
      try await suite.sandbox("GET", "/control/mailjet/inbox?to=\(email)").items.first {
        ($0["subject"] as? String)?.firstMatch(of: pattern) != nil
      }
    }
  }

  struct Order {
    let id: String
    let razorpayID: String
    let talktime: Int
  }

  /// - Parameter buyer: the buyer's details for the document.
  func order(_ buyer: [String: Any] = [:]) async throws -> Order {
    let packs = try await suite.call("GET", "/billing/packs").items
    let pack = try #require(packs.first { ($0["talktime_ms"] as? Int) == 600_000 })
    let answer = try await call(
      "POST", "/billing/orders", body: buyer.merging(["pack_id": try #require(pack["id"])]) { $1 },
      headers: [("Idempotency-Key", UUID().uuidString)])
    try #require(answer.status == 201, "\(answer.json)")
    return Order(
      id: try answer.text("id"), razorpayID: try answer.text("razorpay_order_id"), talktime: 600_000)
  }

  /// Pays at the sandbox. Returns what the checkout passes to the page.
  func pay(_ order: Order, webhooks: Int = 1) async throws -> [String: Any] {
    try await suite.sandbox(
      "POST", "/control/razorpay/orders/\(order.razorpayID)/pay", body: ["outcome": "captured", "webhooks": webhooks]
    ).json
  }

  /// Buys ten minutes and waits until they are credited.
  func buyTenMinutes() async throws {
    let payment = try await pay(try await order())
    _ = try await eventually("the payment is captured") {
      try await call("POST", "/billing/payments/verify", body: payment).json["status"] as? String == "captured"
        ? true : nil
    }
  }

  func balance() async throws -> Answer { try await call("GET", "/billing/balance") }

  /// Starts a talk and opens its conversation at the sandbox.
  func startTalk() async throws -> Talk {
    let answer = try await start()
    return try #require(try await talk(answer), "\(answer.json)")
  }

  /// Nil if no talk can start at the moment.
  func startTalkIfPossible() async throws -> Talk? { try await talk(try await start()) }

  private func start() async throws -> Answer {
    try await call("POST", "/sessions", body: [:], headers: [("Idempotency-Key", UUID().uuidString)])
  }

  private func talk(_ answer: Answer) async throws -> Talk? {
    guard answer.status == 201 else { return nil }
    let talk = Talk(person: self, id: try answer.text("id"), conversation: try answer.text("conversation_id"))
    try await suite.sandbox("POST", "/control/elevenlabs/conversations/\(talk.conversation)/begin", body: [:])
    return talk
  }
}

/// A talk from the client's side.
struct Talk: Sendable {
  let person: Person
  let id: String
  let conversation: String

  func beat(_ seq: Int) async throws -> Answer { try await person.call("POST", "/sessions/\(id)/heartbeat?seq=\(seq)") }

  func end() async throws -> Answer {
    try await person.suite.sandbox("POST", "/control/elevenlabs/conversations/\(conversation)/finish", body: [:])
    return try await person.call("POST", "/sessions/\(id)/end")
  }

  /// Beats each `interval` until `charge` ms of the talk have been charged.
  func beat(from first: Int = 1, untilCharged charge: Int, every interval: Duration = .milliseconds(1_000)) async throws
    -> (
      charged: Int, seq: Int
    )
  {
    var seq = first
    var next = ContinuousClock.now
    while true {
      let answer = try await beat(seq)
      try #require(answer.status == 200, "\(answer.json)")
      let charged = try answer.number("charged_ms")
      if charged >= charge { return (charged, seq) }
      seq += 1
      next += interval
      try await ContinuousClock().sleep(until: next)
    }
  }
}
