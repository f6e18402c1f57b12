import Foundation
import Synchronization
import Testing

@Suite("A client that beats without end", .serialized)
struct AbuseTests {
  @Test("a thousand beats a second are limited and charged by the clock only, and other users are not affected")
  func flood() async throws {
    let suite = try Suite.running()
    // With production limits, on a separate instance.
    try await suite.dev("start", "session", "2", "RATE_LIMITS=production")
    let door = try suite.past("session", 2)
    let flooder = try await Person.signUp(suite, with: 600_000).startTalk()
    let other = try await Person.signUp(suite, with: 600_000).startTalk()
    let seen = Talk(person: flooder.person.at(door), id: flooder.id, conversation: flooder.conversation)
    let neighbour = Talk(person: other.person.at(door), id: other.id, conversation: other.conversation)
    let begun = ContinuousClock.now
    let flooding = Flooding()
    async let neighbours = calm(neighbour, until: flooding)
    // This takes as long as a slow machine needs.
    let answers = try await flood(seen, answers: 3_000)
    let elapsed = Int((ContinuousClock.now - begun) / .milliseconds(1))
    flooding.end()
    let accepted = answers.filter { $0.status == 200 }
    #expect(answers.count >= 3_000)
    #expect(Set(answers.map(\.status)) == [200, 429])
    // Ten at once and two a second.
    #expect(accepted.count <= 10 + elapsed / 500 + 1)
    #expect(answers.filter { $0.status == 429 }.allSatisfy { $0.response.header("retry-after") == "1" })
    #expect(try await neighbours == [200])
    let bill = try await flooder.end().number("charged_ms")
    let most = Int((ContinuousClock.now - begun) / .milliseconds(1))
    #expect(bill <= most)
    #expect(try accepted.allSatisfy { try $0.number("charged_ms") <= bill })
    #expect(try await flooder.person.balance().number("balance_ms") == 600_000 - bill)
    _ = try await other.end()
    try await suite.dev("kill", "session", "2")
  }

  /// Sends beats over 32 connections, without a number, so that every beat would count.
  private func flood(_ talk: Talk, answers count: Int) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: [Answer].self) { group in
      for _ in 0..<32 {
        group.addTask {
          var answers: [Answer] = []
          while answers.count * 32 < count {
            answers.append(try await talk.person.call("POST", "/sessions/\(talk.id)/heartbeat"))
          }
          return answers
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }

  /// A client that beats as it should.
  private func calm(_ talk: Talk, until flooding: Flooding) async throws -> Set<Int> {
    var statuses: Set<Int> = []
    var seq = 0
    repeat {
      seq += 1
      statuses.insert(try await talk.beat(seq).status)
      try await ContinuousClock().sleep(for: .milliseconds(1_000))
    } while !flooding.hasEnded
    return statuses
  }
}

private final class Flooding: Sendable {
  private let ended = Mutex(false)

  var hasEnded: Bool { ended.withLock { $0 } }
  func end() { ended.withLock { $0 = true } }
}
