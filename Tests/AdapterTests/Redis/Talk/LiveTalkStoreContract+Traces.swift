import Application
import Domain
import Testing

extension LiveTalkStoreContract {
  @Suite("the traces for the proof of a charge")
  struct Traces {
    @Test(
      "each silence over 7.5 s is recorded with its charge and what was charged up to the last beat",
      arguments: TalkStoreKind.allCases)
    func gaps(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        for (seq, silence) in [5_000, 7_500, 7_501, 9_900].enumerated() {
          try await store.advance(.milliseconds(Int64(silence)))
          _ = try await person.accepted(session, seq: Int64(seq + 2))
        }
        try await store.advance(.milliseconds(1_500))
        #expect(try await person.read(session).trace == nil)
        let ended = try #require(try await person.talks.hangUp(session, user: person.user, .user))
        #expect(ended.charged == .milliseconds(31_401))
        let trace = try #require(ended.trace)
        #expect(
          trace.gaps.first == [
            TalkGap(at: .milliseconds(12_500), length: .milliseconds(7_501), charged: .milliseconds(7_501)),
            TalkGap(at: .milliseconds(20_001), length: .milliseconds(9_900), charged: .milliseconds(9_900)),
          ])
        #expect(trace.gaps.count == 2 && trace.gaps.total == .milliseconds(17_401))
        #expect(trace.chargedToLastBeat == .milliseconds(29_901) && trace.walletVersion == 6)
        let (first, last) = (try #require(trace.firstBeat), try #require(trace.lastBeat))
        #expect(last - first == 29_901)
        #expect(try await store.ended(of: person.user).map(\.trace) == [trace])
        #expect(try await person.read(session).trace == trace)
      }
    }

    @Test("a silence over an outage is recorded whole and charged for 10 s", arguments: TalkStoreKind.allCases)
    func outage(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.seconds(9))
        try await store.restart()
        try await store.advance(.seconds(8))
        _ = try await person.accepted(session, seq: 2)
        _ = try await person.talks.hangUp(session, user: nil, .user)
        let trace = try #require(try await person.read(session).trace)
        #expect(trace.gaps.first == [TalkGap(at: .zero, length: .seconds(17), charged: .seconds(10))])
      }
    }

    @Test(
      "the first fifty silences are recorded one by one, and all of them as a count and a total",
      arguments: TalkStoreKind.allCases)
    func bounded(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live(granted: .minutes(20))
        for seq in 2...54 {
          try await store.advance(.seconds(8))
          _ = try await person.accepted(session, seq: Int64(seq))
        }
        _ = try await person.talks.hangUp(session, user: nil, .user)
        let trace = try #require(try await person.read(session).trace)
        #expect(trace.gaps.first.count == TalkGaps.keptOneByOne)
        #expect(trace.gaps.count == 53 && trace.gaps.total == .seconds(8 * 53))
      }
    }

    @Test("a talk without a beat has no silences in its record", arguments: TalkStoreKind.allCases)
    func nobody(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.started()
        try await store.advance(.seconds(31))
        let trace = try #require(try await person.read(session).trace)
        #expect(
          trace
            == TalkBeatSummary(
              firstBeat: nil, lastBeat: nil, chargedToLastBeat: .zero, walletVersion: 6, gaps: TalkGaps()))
      }
    }
  }
}
