import Foundation
import TestInfrastructure
import Testing

/// The live link through Caddy, against the running suite.
@Suite("The live link", .serialized)
struct LinkTests {
  private func owner(_ suite: Suite) async throws -> Person {
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    return person
  }

  /// - Parameter address: of the server; the front door's if it is nil.
  private func link(
    _ talk: Talk, headers: [(String, String)] = [], at address: String? = nil
  ) async throws -> LinkClient {
    let address = address ?? talk.person.suite.publicURL
    let client = try await LinkClient.open("\(address)/sessions/\(talk.id)/link", headers: headers)
    client.send(#"{"type":"authenticate","access_token":"\#(talk.person.token)"}"#)
    let answer = try await client.answer()
    guard answer["type"] as? String == "ready" else { throw NotLetIn(answer: "\(answer)") }
    return client
  }

  private struct NotLetIn: Error { let answer: String }

  private func beat(_ client: LinkClient, _ seq: Int) async throws -> [String: Any] {
    client.send(#"{"type":"heartbeat","seq":\#(seq)}"#)
    return try await client.answer()
  }

  private func charged(_ answer: [String: Any]) throws -> Int {
    try #require(answer["charged_ms"] as? Int, "\(answer)")
  }

  private func pause(_ duration: Duration) async throws { try await ContinuousClock().sleep(for: duration) }

  @Test("link and HTTP meter the same talk, whichever carries the beat, and the end is settled")
  func same() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    let client = try await link(talk, headers: [("Origin", suite.publicURL)])
    let begun = ContinuousClock.now
    #expect(try charged(try await beat(client, 1)) == 0)
    try await pause(.milliseconds(700))
    let first = try charged(try await beat(client, 2))
    #expect(try await talk.beat(2).number("charged_ms") == first)
    try await pause(.milliseconds(700))
    let second = try await talk.beat(3).number("charged_ms")
    let again = try await beat(client, 3)
    #expect(try charged(again) == second && again["seq"] as? Int == 3)
    try await pause(.milliseconds(700))
    let third = try charged(try await beat(client, 4))
    let passed = Int((ContinuousClock.now - begun) / .milliseconds(1))
    #expect(first >= 700 && second >= first + 700 && third >= second + 700 && third <= passed)
    try await suite.sandbox("POST", "/control/elevenlabs/conversations/\(talk.conversation)/finish", body: [:])
    client.send(#"{"type":"end"}"#)
    let ended = try await client.answer()
    #expect(ended["type"] as? String == "ended" && ended["settled"] as? Bool == true)
    #expect(try await client.closeCode() == 1000)
    let bill = try charged(ended)
    #expect(bill >= third && bill <= Int((ContinuousClock.now - begun) / .milliseconds(1)))
    #expect(try await talk.person.balance().number("balance_ms") == 600_000 - bill)
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a top-up in a talk's last second is pushed and prevents the end")
  func lastSecond() async throws {
    // If the machine was so slow that the purchase came after the end, the next attempt leaves more time.
    for room in [900, 1_900] {
      if try await topUp(with: room, mustSave: false) { return }
    }
    #expect(try await topUp(with: 2_900, mustSave: true))
  }

  /// - Parameter room: the milliseconds that are left of the talk when the purchase is made.
  /// - Returns: whether the purchase came before the end.
  private func topUp(with room: Int, mustSave: Bool) async throws -> Bool {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await grant(person, 5_100 + room)
    let talk = try await person.startTalk()
    let client = try await link(talk)
    let begun = ContinuousClock.now
    // Both messages follow the same beat, in either order.
    client.send(#"{"type":"heartbeat","seq":1}"#)
    let said = [try await client.answer(), try await client.answer()]
    #expect(Set(said.map { $0["type"] as? String }) == ["heartbeat", "low"])
    #expect(said.contains { $0["warning"] as? String == "low_15" })
    try await ContinuousClock().sleep(until: begun + .milliseconds(5_100))
    try await grant(person, 600_000)
    let pushed = try await client.answer()
    if !mustSave, pushed["type"] as? String == "ended" { return false }
    #expect(pushed["type"] as? String == "topped_up", "\(pushed)")
    #expect(try #require(pushed["remaining_ms"] as? Int) > 600_000)
    try await ContinuousClock().sleep(until: begun + .milliseconds(6_100 + room))
    #expect(try charged(try await beat(client, 2)) > 5_600 + room)
    #expect(try await talk.end().text("end_reason") == "user")
    let ended = try await client.answer()
    #expect(ended["type"] as? String == "ended" && ended["end_reason"] as? String == "user")
    #expect(try await client.closeCode() == 1000)
    return true
  }

  private func grant(_ person: Person, _ milliseconds: Int) async throws {
    let suite = person.suite
    let granted = try await suite.talktime(
      "wallet", "grant", person.email, "--milliseconds=\(milliseconds)", "--reason", "test")
    #expect(granted.status == 0, "\(granted.text)")
  }

  @Test("a sign-out closes the link with 4401, without a beat")
  func signedOut() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    let client = try await link(talk)
    #expect(try await talk.person.call("POST", "/auth/logout", body: [:]).status == 204)
    #expect(try await client.closeCode() == 4401)
  }

  @Test("a foreign page gets 403, another user's talk 4404, and a link without a token 4401")
  func strangers() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    let url = "\(suite.publicURL)/sessions/\(talk.id)/link"
    do {
      _ = try await LinkClient.open(url, headers: [("Origin", "https://evil.example")])
      Issue.record("a foreign page was let in")
    } catch let refused as LinkClient.Refused {
      #expect(refused.status == 403)
    }
    let stranger = try await Person.signUp(suite)
    for (token, code) in [(stranger.token, 4404), ("nonsense", 4401)] {
      let client = try await LinkClient.open(url)
      client.send(#"{"type":"authenticate","access_token":"\#(token)"}"#)
      #expect(try await client.closeCode() == code)
    }
    let tokenless = try await LinkClient.open(url + "?access_token=\(talk.person.token)")
    tokenless.send(#"{"type":"heartbeat","seq":1}"#)
    #expect(try await tokenless.closeCode() == 4401)
    _ = try await talk.end()
  }

  @Test("an abusive link is closed with its code, and another link is not affected")
  func abuse() async throws {
    let suite = try Suite.running()
    // With production limits, on a separate instance.
    try await suite.dev("start", "session", "2", "RATE_LIMITS=production")
    let address = try suite.linkAddress(2)
    // Frames are counted by user, so the calm one is another's.
    let (talk, other) = (try await owner(suite).startTalk(), try await owner(suite).startTalk())
    let calm = try await link(other, at: address)
    let long = try await link(talk, at: address)
    long.frame(opcode: 0x1, Array(repeating: 0x20, count: 1 << 20))
    #expect(try await long.closeCode() == 1009)
    let quick = try await link(talk, at: address)
    let frame = LinkClient.bytes(opcode: 0x1, Array(#"{"type":"heartbeat"}"#.utf8))
    quick.raw((0..<10_000).flatMap { _ in frame })
    #expect(try await quick.closeCode() == 4429)
    let dumb = try await link(other, at: address)
    dumb.send("nonsense")
    #expect(try await dumb.closeCode() == 4400)
    #expect(try await beat(calm, 1)["type"] as? String == "heartbeat")
    for talk in [talk, other] { _ = try await talk.end() }
    try await suite.dev("kill", "session", "2")
  }

  @Test("an instance that ends closes with 1012, a killed one without a code; HTTP and another link carry on")
  func away() async throws {
    let suite = try Suite.running()
    let talk = try await owner(suite).startTalk()
    var client = try await link(talk)
    let first = try charged(try await beat(client, 1))
    async let stopped: Void = suite.dev("stop", "session", "1")
    #expect(try await client.closeCode() == 1012)
    try await stopped
    try await suite.dev("start", "session", "1")
    client = try await again(talk)
    let second = try charged(try await beat(client, 2))
    try await suite.dev("kill", "session", "1")
    #expect(try await client.closeCode() == nil)
    try await suite.dev("start", "session", "1")
    let third = try await eventually("a beat over HTTP") {
      let answer = try await talk.beat(3)
      return answer.status == 200 ? answer : nil
    }
    #expect(try first < second && second < third.number("charged_ms"))
    client = try await again(talk)
    #expect(try await beat(client, 4)["state"] as? String == "live")
    _ = try await talk.end()
  }

  /// Caddy notices only at its next check that the instance is back.
  private func again(_ talk: Talk) async throws -> LinkClient {
    try await eventually("the front door leads to a link again") { try? await link(talk) }
  }
}
