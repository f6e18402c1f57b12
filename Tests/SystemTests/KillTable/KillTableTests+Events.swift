import Foundation
import RedisDriver
import Testing

extension KillTableTests {
  @Test("the consumer, while a credit is committed: the talk gets the credit afterwards")
  func credit() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 1_000)
    try await suite.dev("kill", "session", "1")
    try await person.buyTenMinutes()
    try await suite.dev("start", "session", "1")
    var seq = 1_000
    _ = try await eventually("the talk knows of both purchases") {
      seq += 1
      let answer = try await talk.beat(seq)
      return (answer.json["remaining_ms"] as? Int ?? 0) > 1_100_000 ? true : nil
    }
    let bill = try await finish(talk).number("charged_ms")
    try await whole(person, 1_200_000 - bill)
  }

  @Test("the relay, with a credit committed: the credit is published after its restart")
  func relay() async throws {
    let suite = try Suite.running()
    let person = try await owner(suite)
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 1_000)
    try await suite.behindProxies("billing") { redis, _ in
      redis.stop(at: "XADD\r\n$\("tt:{bus}:events:billing".utf8.count)\r\ntt:{bus}:events:billing")
      let payment = try await person.pay(try await person.order(), webhooks: 0)
      let verified = Task { try? await person.call("POST", "/billing/payments/verify", body: payment) }
      try await redis.reached()
      #expect(try await person.credited() == 1_200_000)
      #expect(try await talk.beat(1_000).number("remaining_ms") < 600_000)
      verified.cancel()
    }
    var seq = 1_000
    _ = try await eventually("the talk knows of both purchases") {
      seq += 1
      let answer = try await talk.beat(seq)
      return (answer.json["remaining_ms"] as? Int ?? 0) > 1_100_000 ? true : nil
    }
    let bill = try await finish(talk).number("charged_ms")
    try await whole(person, 1_200_000 - bill)
  }

  @Test("Redis loses a published event: it is published again, and dropped by a consumer that saw it")
  func lostEvent() async throws {
    let suite = try Suite.running()
    let person = try await Person.signUp(suite)
    try await person.verifyEmail()
    let past = try RedisPast(suite)
    try await suite.dev("kill", "task", "1")
    try await person.buyTenMinutes()
    _ = try await eventually("the payment is told") { try await payments(of: person).count == 1 ? true : nil }
    try await past.comeBack()
    try await suite.dev("start", "task", "1")
    _ = try await person.mail("talk time is here")
    // After a restart of Redis everything is delivered once more, including the event for the mail.
    try await suite.dev("kill", "redis")
    try await suite.dev("start", "redis")
    _ = try await eventually("it is told again") { try await payments(of: person).count >= 2 ? true : nil }
    _ = try await eventually(within: .seconds(60), "it is read again") { try await isRead(suite) ? true : nil }
    #expect(Set(try await payments(of: person)).count == 1)
    let mails = try await suite.sandbox("GET", "/control/mailjet/inbox?to=\(person.email)").items
    #expect(mails.count { ($0["subject"] as? String)?.contains("talk time is here") == true } == 1)
    try await whole(person)
  }

  /// The ids of the payments in the stream.
  private func payments(of person: Person) async throws -> [String] {
    let entries = try await person.suite.redis(RedisCommand("XRANGE", "tt:{bus}:events:billing", "-", "+"))
    return (entries.array ?? []).compactMap { entry in
      guard let text = entry.array?.last?.array?.last?.string,
        let event = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
        event["type"] as? String == "payment.captured", text.contains(person.id)
      else { return nil }
      return event["id"] as? String
    }
  }

  /// Whether the task service has nothing before it and nothing in hand. Redis's own `lag` may be unknown or wrong
  /// after entries were trimmed, so the ids are compared.
  private func isRead(_ suite: Suite) async throws -> Bool {
    func fields(_ list: [RedisValue]) -> [String: RedisValue] {
      let pairs = stride(from: 0, to: list.count - 1, by: 2).map { (list[$0].string ?? "", list[$0 + 1]) }
      return Dictionary(pairs) { first, _ in first }
    }
    let stream = fields(
      try await suite.redis(RedisCommand("XINFO", "STREAM", "tt:{bus}:events:billing")).array ?? [])
    let groups = try await suite.redis(RedisCommand("XINFO", "GROUPS", "tt:{bus}:events:billing")).array ?? []
    guard let group = groups.map({ fields($0.array ?? []) }).first(where: { $0["name"]?.string == "task" }) else {
      return false
    }
    return group["last-delivered-id"]?.string == stream["last-generated-id"]?.string && group["pending"]?.int == 0
  }
}
