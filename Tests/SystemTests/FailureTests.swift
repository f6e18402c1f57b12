import Foundation
import Testing

/// The effects on a talk when a process is killed or a store is down in the middle of it.
@Suite("Talks during failures", .serialized)
struct FailureTests {
  /// Beats once per second until it is stopped; counts the accepted beats.
  private actor Beating {
    /// Higher than the numbers that were sent before.
    private var seq = 1_000
    private(set) var charged = 0
    private(set) var refused: [Int] = []
    private(set) var accepted = 0

    func run(_ talk: Talk, until stop: ContinuousClock.Instant) async {
      while ContinuousClock.now < stop, !Task.isCancelled {
        seq += 1
        if let answer = try? await talk.beat(seq) {
          if answer.status == 200, let figure = answer.json["charged_ms"] as? Int {
            charged = figure
            accepted += 1
          } else if (400..<500).contains(answer.status) {
            refused.append(answer.status)
          }
        }
        try? await ContinuousClock().sleep(for: .milliseconds(1_000))
      }
    }
  }

  private func talking(_ suite: Suite) async throws -> (Person, Talk) {
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    let talk = try await person.startTalk()
    _ = try await talk.beat(untilCharged: 2_000)
    return (person, talk)
  }

  /// The talk is settled, its holds are closed, the ledger is consistent, and the plan is written.
  private func checkAfterwards(_ person: Person, _ talk: Talk, charged: Int, _ suite: Suite) async throws {
    let ended = try await eventually("the talk is settled") {
      let answer = try await talk.end()
      return answer.status == 200 ? answer : nil
    }
    let bill = try ended.number("charged_ms")
    #expect((charged...(charged + 10_000)).contains(bill))
    let balance = try await eventually("the balance says so") {
      let answer = try await person.balance()
      return answer.json["balance_ms"] as? Int == 600_000 - bill ? answer : nil
    }
    #expect(try balance.number("held_ms") == 0)
    try await suite.dev("talktime", "ledger", "verify")
    let plan = try await eventually(within: .seconds(60), "the care plan is written") {
      let answer = try await person.call("GET", "/sessions/\(talk.id)/care-plan")
      return answer.status == 200 ? answer : nil
    }
    #expect(try plan.text("status") == "ready")
  }

  @Test("a talk survives kill -9 of a service and its restart", arguments: ["auth", "billing", "session", "task"])
  func killed(_ service: String) async throws {
    let suite = try Suite.running()
    let (person, talk) = try await talking(suite)
    let beating = Beating()
    let stop = ContinuousClock.now + .seconds(8)
    async let beats: Void = beating.run(talk, until: stop)
    try await suite.dev("kill", service, "1")
    try await suite.dev("start", service, "1")
    await beats
    #expect(await beating.refused.isEmpty)
    try await checkAfterwards(person, talk, charged: await beating.charged, suite)
  }

  @Test("an outage of Redis of 15 s is not charged, and the talk goes on")
  func redisAway() async throws {
    let suite = try Suite.running()
    let (person, talk) = try await talking(suite)
    let begun = ContinuousClock.now
    let before = try await talk.beat(1_000)
    let chargedBefore = try before.number("charged_ms")
    try await suite.dev("kill", "redis")
    let refused = try await eventually("a beat hears that Redis is away") {
      let answer = try await talk.beat(1_001)
      return answer.status == 503 ? answer : nil
    }
    #expect(refused.response.header("retry-after") != nil)
    let away = ContinuousClock.now
    try await ContinuousClock().sleep(for: .seconds(15))
    let wayBack = ContinuousClock.now
    try await suite.dev("start", "redis")
    let after = try await eventually("the talk goes on") {
      let answer = try await talk.beat(1_002)
      return answer.status == 200 ? answer : nil
    }
    // The last second may be metered again, but the outage itself must not be.
    let passed = Int((ContinuousClock.now - begun - (wayBack - away)) / .milliseconds(1))
    #expect(try after.number("charged_ms") - chargedBefore <= passed + 1_000)
    let (charged, _) = try await talk.beat(from: 1_003, untilCharged: try after.number("charged_ms") + 2_000)
    try await checkAfterwards(person, talk, charged: charged, suite)
  }

  @Test("an outage of Postgres of 10 s ends no talk")
  func postgresAway() async throws {
    let suite = try Suite.running()
    let (person, talk) = try await talking(suite)
    let beating = Beating()
    let beats = Task { await beating.run(talk, until: .now + .seconds(600)) }
    defer { beats.cancel() }
    try await suite.dev("kill", "postgres")
    let before = await beating.accepted
    // A page that is reloaded meanwhile continues the sequence.
    let reloaded = try await person.call("GET", "/sessions/\(talk.id)")
    #expect(try reloaded.text("state") == "live" && reloaded.number("seq") >= 1_000)
    // One beat is sent per second, so ten of them take at least ten seconds.
    _ = try await eventually("ten beats are taken meanwhile") { await beating.accepted >= before + 10 ? true : nil }
    try await suite.dev("start", "postgres")
    let since = await beating.accepted
    _ = try await eventually("they go on") { await beating.accepted >= since + 5 ? true : nil }
    beats.cancel()
    await beats.value
    #expect(await beating.refused.isEmpty)
    try await checkAfterwards(person, talk, charged: await beating.charged, suite)
  }

  @Test("without Postgres an operator's command says so, and what has come of it")
  func commandsWithoutPostgres() async throws {
    let suite = try Suite.running()
    let replay = ["streams", "replay", "--from", "2026-01-01", "--until", "2026-01-02"]
    let commands = [
      replay, replay + ["--dry-run"], ["streams", "trace", UUID().uuidString.lowercased()], ["streams", "lag"],
      ["billing", "refunds"], ["tasks", "stats"], ["operator", "list"],
    ]
    try await suite.dev("kill", "postgres")
    var said: [Suite.Output] = []
    for command in commands { said.append(try await suite.talktime(command)) }
    try await suite.dev("start", "postgres")
    // The next test finds services that have their connections again.
    for service in ["auth", "billing", "session", "task"] {
      _ = try await eventually("\(service) is ready again") {
        try await suite.past(service, 1).call("GET", "/readyz").status == 200 ? true : nil
      }
    }
    for (command, output) in zip(commands, said) {
      #expect(output.status == 1 && output.text.contains("the database does not answer"), "\(command) \(output.text)")
    }
    for output in said.prefix(2) { #expect(output.text.contains("nothing was replayed")) }
  }

  @Test("a talk that falls silent ends by itself, charged to its last beat")
  func silent() async throws {
    let suite = try Suite.running()
    let (person, talk) = try await talking(suite)
    let last = try await talk.beat(1_000).number("charged_ms")
    let ended = try await eventually("the gap ends it") {
      let answer = try await person.call("GET", "/sessions/\(talk.id)")
      return answer.json["state"] as? String == "ended" && answer.json["settled"] as? Bool == true ? answer : nil
    }
    #expect(try ended.text("end_reason") == "gap")
    #expect(try ended.number("charged_ms") == last)
    #expect(try await person.balance().number("balance_ms") == 600_000 - last)
  }
}
