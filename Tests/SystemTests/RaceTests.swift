import Foundation
import Testing

/// Requests about one talk at the same moment, at two instances.
@Suite("Races at the end of a talk", .serialized)
struct RaceTests {
  /// Runs the body in rounds, each with a new talk and its owner, as seen through two instances.
  private func rounds(
    _ count: Int, _ body: (_ talk: Talk, _ other: Talk) async throws -> Void
  ) async throws {
    let suite = try Suite.running()
    try await suite.dev("start", "session", "2")
    let second = try suite.past("session", 2)
    for _ in 0..<count {
      let talk = try await Person.signUp(suite, with: 600_000).startTalk()
      try #require(try await talk.beat(1).status == 200)
      try await ContinuousClock().sleep(for: .milliseconds(Int.random(in: 20...200)))
      let other = Talk(person: talk.person.at(second), id: talk.id, conversation: talk.conversation)
      try await body(talk, other)
      let bill = try await talk.bill()
      #expect(try await talk.settlements() == .one)
      let balance = try await talk.person.balance()
      #expect(try balance.number("balance_ms") == 600_000 - bill)
      #expect(try balance.number("held_ms") == 0)
    }
    try await suite.dev("kill", "session", "2")
    try await suite.dev("talktime", "ledger", "verify")
  }

  @Test("a hang-up during a beat has one result, and the beat is charged in it or answered with it")
  func beatAndEnd() async throws {
    try await rounds(12) { talk, other in
      async let beaten = other.beat(2)
      async let ended = talk.hangUp()
      let (beat, end) = (try await beaten, try await ended)
      let bill = try end.number("charged_ms")
      #expect(end.status == 200 && [200, 410].contains(beat.status))
      let heard = try beat.number("charged_ms")
      #expect(beat.status == 200 ? heard <= bill : heard == bill)
      #expect(try await talk.bill() == bill)
    }
  }

  @Test("two simultaneous hang-ups at two instances get the same answer")
  func endTwice() async throws {
    try await rounds(12) { talk, other in
      async let first = talk.hangUp()
      async let second = other.hangUp()
      let answers = [try await first, try await second]
      #expect(answers.map(\.status) == [200, 200])
      for name in ["charged_ms", "balance_ms"] {
        #expect(try answers[0].number(name) == answers[1].number(name))
      }
      #expect(try answers.map { try $0.text("end_reason") } == ["user", "user"])
    }
  }

  @Test("a take-over during a hang-up leads to one end, and one new talk at most")
  func takeOver() async throws {
    try await rounds(8) { talk, other in
      async let hungUp = talk.hangUp()
      async let taken = other.person.call("POST", "/sessions", body: ["take_over": true])
      let (end, start) = (try await hungUp, try await taken)
      #expect(end.status == 200)
      #expect(["user", "taken_over"].contains(try end.text("end_reason")))
      #expect(try await talk.bill() == end.number("charged_ms"))
      // The first talk's conversation is still open, so no other URL is given out.
      #expect(start.status == 409)
      #expect(try start.text("code") == "previous_call_open")
      #expect(try await talk.person.talks().count == 1)
      try await talk.person.suite.sandbox(
        "POST", "/control/elevenlabs/conversations/\(talk.conversation)/finish", body: [:])
    }
  }
}

extension Talk {
  /// Ends the talk and leaves its conversation open.
  fileprivate func hangUp() async throws -> Answer { try await person.call("POST", "/sessions/\(id)/end") }

  /// The cost of the settled talk, in milliseconds.
  fileprivate func bill() async throws -> Int {
    try await eventually("the talk is settled") {
      let answer = try await person.call("GET", "/sessions/\(id)")
      return answer.json["settled"] as? Bool == true ? try answer.number("charged_ms") : nil
    }
  }
}
