import Application
import Domain
import Testing

extension LiveTalkStoreContract {
  @Suite("beats")
  struct Beats {
    @Test("the first beat starts the meter, and later ones use up talk time", arguments: TalkStoreKind.allCases)
    func burns(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.started()
        try await store.advance(.seconds(20))
        let first = try await person.accepted(session, seq: 1)
        #expect(first.state == .live && first.charged == .zero && first.validFor == .milliseconds(10_001))
        try await store.advance(.milliseconds(5_200))
        let second = try await person.accepted(session, seq: 2)
        #expect(second.charged == .milliseconds(5_200) && second.remaining == .milliseconds(594_800))
        #expect(second.seq == 2 && second.beats == 2)
        #expect(try await person.read(session) == second)
      }
    }

    @Test("a repeat answers the state, meters nothing and moves no deadline", arguments: TalkStoreKind.allCases)
    func repeats(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.seconds(4))
        let again = try await person.accepted(session, seq: 1)
        #expect(again.charged == .zero && again.beats == 1 && again.validFor == .milliseconds(6_001))
        try await store.advance(.milliseconds(6_000))
        _ = try await person.accepted(session, seq: 1)
        try await store.advance(.milliseconds(1))
        guard case .ended(let talk) = try await person.beat(session, seq: 1) else {
          Issue.record("it goes on")
          return
        }
        #expect(talk.endReason == .gap && talk.charged == .zero)
      }
    }

    @Test("two tabs that beat in turn use up the time once, numbered or not", arguments: TalkStoreKind.allCases)
    func twoTabs(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        for numbered in [true, false] {
          let person = TalkPerson(talks: store.talks)
          let session = try await person.live()
          for beat in 1...8 {
            try await store.advance(.milliseconds(beat % 2 == 0 ? 1_200 : 3_800))
            // Both continue from what they read at their start.
            _ = try await person.accepted(session, seq: numbered ? Int64((beat + 1) / 2 + 1) : nil)
          }
          try await store.advance(.milliseconds(500))
          let ended = try await person.talks.hangUp(session, user: nil, .user)
          #expect(ended?.charged == .milliseconds(20_500))
        }
      }
    }

    @Test("a beat past the deadline is answered with how the talk ended", arguments: TalkStoreKind.allCases)
    func late(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.milliseconds(8_000))
        // There is no tick for the last moment.
        try await store.goAway(.milliseconds(2_001))
        for _ in 0..<2 {
          guard case .ended(let talk) = try await person.beat(session, seq: 2) else {
            Issue.record("it goes on")
            return
          }
          #expect(talk.endReason == .gap && talk.charged == .zero && talk.validFor == .zero)
        }
        #expect(try await store.ended(of: person.user).count == 1)
      }
    }

    @Test("too many beats are limited and cost nothing", arguments: TalkStoreKind.allCases)
    func limited(kind: TalkStoreKind) async throws {
      try await kind.with(limit: BeatRateLimit(interval: 5_000, burst: 10)) { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        for seq in 2...10 { _ = try await person.accepted(session, seq: Int64(seq)) }
        let before = try await person.read(session)
        #expect(try await person.beat(session, seq: 11) == .limited)
        #expect(try await person.read(session) == before)
        try await store.advance(.seconds(5))
        #expect(try await person.accepted(session, seq: 11).charged == .seconds(5))
      }
    }

    @Test("a beat of another user's talk, or of none, is not found", arguments: TalkStoreKind.allCases)
    func notFound(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let (person, other) = (TalkPerson(talks: store.talks), TalkPerson(talks: store.talks))
        let session = try await person.live()
        let before = try await person.read(session)
        #expect(try await person.beat(try person.newSession()) == .notFound)
        #expect(try await other.beat(session, seq: 2) == .notFound)
        #expect(try await person.read(session) == before)
      }
    }

    @Test(
      "beats with a revoked device's token are refused, and those of another device of the user are not",
      arguments: TalkStoreKind.allCases)
    func revokedDevice(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.revoke(TalkPerson(talks: store.talks).device, of: person.user)
        try await store.advance(.seconds(5))
        #expect(try await person.accepted(session, seq: 2).charged == .seconds(5))
        try await store.revoke(person.device, of: person.user)
        try await store.advance(.seconds(5))
        #expect(try await person.beat(session, seq: 3) == .revoked)
        #expect(try await person.read(session).charged == .seconds(5))
      }
    }

    @Test(
      "beats with tokens issued up to a cutoff are refused, and those with later tokens are not",
      arguments: TalkStoreKind.allCases)
    func cutoff(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.revokeAll(of: person.user, issuedUpTo: 2_000)
        #expect(try await person.beat(session, seq: 2, issuedAt: 1_999) == .revoked)
        #expect(try await person.beat(session, seq: 2, issuedAt: 2_000) == .revoked)
        guard case .accepted = try await person.beat(session, seq: 2, issuedAt: 2_001) else {
          Issue.record("a later token is refused")
          return
        }
      }
    }

    @Test("while the revocations are unknown every beat is refused", arguments: TalkStoreKind.allCases)
    func unknowable(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.loseRevocations()
        #expect(try await person.beat(session, seq: 2) == .unknowable)
        #expect(try await person.read(session).seq == 1)
      }
    }
  }
}
