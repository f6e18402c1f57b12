import Foundation
import Testing

/// Postgres accepts requests and does not respond.
@Suite("A ledger that does not answer", .serialized)
struct SilentLedgerTests {
  @Test("the end of a talk is answered before the ledger's connection is given up")
  func end() async throws {
    let suite = try Suite.running()
    let talk = try await Person.signUp(suite, with: 600_000).startTalk()
    let (charged, _) = try await talk.beat(untilCharged: 1_000)
    try await suite.behindProxies("session") { _, postgres in
      postgres.stop(at: Statement.lock)
      let ended = try await talk.person.call("POST", "/sessions/\(talk.id)/end")
      let abandoned = postgres.abandoned
      #expect(ended.status == 202 && abandoned == 0)
      #expect(ended.json["settled"] as? Bool == false && ended.json["balance_ms"] == nil)
      #expect(try ended.number("charged_ms") >= charged)
      try await postgres.reached()
      _ = try await eventually("the connection is given up") { postgres.abandoned > 0 ? true : nil }
    }
    _ = try await eventually("it is settled") { try await talk.settlements() == .one ? true : nil }
    try await suite.dev("talktime", "ledger", "verify")
  }
}
