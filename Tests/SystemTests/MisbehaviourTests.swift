import Foundation
import Testing

/// A misbehaving client neither gains nor loses talk time, and does not affect other users.
@Suite("Clients that misbehave", .serialized)
struct MisbehaviourTests {
  private func started(_ suite: Suite) async throws -> Talk {
    let person = try await Person.signUp(suite)
    try await person.buyTenMinutes()
    return try await person.startTalk()
  }

  @Test("overtaken beats and repeated ones are answered and change nothing; after the end the answer is 410")
  func overtaken() async throws {
    let suite = try Suite.running()
    let talk = try await started(suite)
    let (charged, seq) = try await talk.beat(from: 10, untilCharged: 600, every: .milliseconds(300))
    for old in [seq, seq - 1, 1, 0] {
      let answer = try await talk.beat(old)
      #expect(answer.status == 200)
      #expect(try answer.number("charged_ms") == charged && answer.number("seq") == seq)
    }
    let ended = try await talk.end()
    let bill = try ended.number("charged_ms")
    for seq in [seq, seq + 1, 1_000] {
      let gone = try await talk.beat(seq)
      #expect(try gone.status == 410 && gone.text("code") == "session_ended")
      #expect(try gone.text("end_reason") == "user" && gone.number("charged_ms") == bill)
    }
    #expect(try await talk.end().number("charged_ms") == bill)
    #expect(try await talk.person.balance().number("balance_ms") == 600_000 - bill)
  }

  @Test("a user with one millisecond talks for one, and ends at zero without a debt")
  func oneMillisecond() async throws {
    let suite = try Suite.running()
    let talk = try await Person.signUp(suite, with: 1).startTalk()
    #expect(try await talk.beat(1).status == 200)
    let gone = try await eventually("it is used up") {
      let answer = try await talk.beat(2)
      return answer.status == 410 ? answer : nil
    }
    #expect(try gone.text("end_reason") == "exhausted" && gone.number("charged_ms") == 1)
    let ended = try await talk.end()
    #expect(try ended.number("charged_ms") == 1 && ended.number("balance_ms") == 0)
    #expect(try await talk.person.balance().number("owed_ms") == 0)
  }

  @Test("a page that reloads continues above the seq that it reads")
  func reload() async throws {
    let suite = try Suite.running()
    let talk = try await started(suite)
    let (charged, seq) = try await talk.beat(untilCharged: 600, every: .milliseconds(300))
    let read = try await talk.person.call("GET", "/sessions/\(talk.id)")
    #expect(try read.number("seq") == seq && read.number("charged_ms") == charged)
    // A beat with number 1 counts as a repeat of the first one.
    #expect(try await talk.beat(1).number("charged_ms") == charged)
    let next = try await talk.beat(try read.number("seq") + 1)
    #expect(try next.number("seq") == seq + 1 && next.number("charged_ms") > charged)
    _ = try await talk.end()
  }

  @Test("two tabs and hundreds of beats at once cost the time that they took, once")
  func tabs() async throws {
    let suite = try Suite.running()
    let talk = try await started(suite)
    let begun = ContinuousClock.now
    _ = try await talk.beat(1)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for tab in 0..<2 {
        group.addTask {
          for n in 1...150 {
            let answer = try await talk.beat(2 * n + tab)
            #expect(answer.status == 200 || answer.status == 429)
          }
        }
      }
      try await group.waitForAll()
    }
    let bill = try await talk.end().number("charged_ms")
    let took = (ContinuousClock.now - begun) / .milliseconds(1)
    #expect(bill > 0 && Double(bill) <= took + 50)
  }

  @Test("a clock that lies has no effect")
  func clock() async throws {
    let suite = try Suite.running()
    let talk = try await started(suite)
    let begun = ContinuousClock.now
    for (n, year) in [2025, 2027, 1970, 9999].enumerated() {
      let answer = try await talk.person.call(
        "POST", "/sessions/\(talk.id)/heartbeat",
        body: ["seq": n + 1, "at": "\(year)-11-25T00:00:00Z", "timestamp": year * 1_000_000],
        headers: [("Date", "Wed, 25 Nov \(year) 00:00:00 GMT")])
      #expect(answer.status == 200, "\(answer.json)")
    }
    let bill = try await talk.end().number("charged_ms")
    #expect(Double(bill) <= (ContinuousClock.now - begun) / .milliseconds(1) + 50)
  }

  @Test("another user's talk is not found by any request")
  func another() async throws {
    let suite = try Suite.running()
    let talk = try await started(suite)
    _ = try await talk.beat(1)
    let other = try await Person.signUp(suite)
    let path = "/sessions/\(talk.id)"
    for (method, path) in [
      ("POST", path + "/heartbeat?seq=9"), ("POST", path + "/end"), ("GET", path), ("GET", path + "/proof"),
    ] { #expect(try await other.call(method, path).status == 404, "\(method) \(path)") }
    #expect(try await talk.beat(2).number("seq") == 2)
    _ = try await talk.end()
  }
}
