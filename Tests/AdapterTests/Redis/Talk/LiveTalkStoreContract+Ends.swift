import Application
import Domain
import Testing

extension LiveTalkStoreContract {
  @Suite("ends and deadlines")
  struct Ends {
    @Test(
      "the owner hangs up, is charged to that moment, and gets the same answer again", arguments: TalkStoreKind.allCases
    )
    func owner(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.milliseconds(3_300))
        let ended = try #require(try await person.talks.hangUp(session, user: person.user, .user))
        #expect(ended.state == .ended && ended.endReason == .user && ended.charged == .milliseconds(3_300))
        try await store.advance(.seconds(2))
        #expect(try await person.talks.hangUp(session, user: person.user, .operator) == ended)
        #expect(try await person.talks.current(of: person.user) == nil)
        #expect(try await store.ended(of: person.user).map(\.endReason) == [.user])
      }
    }

    @Test("a talk whose agent has left is charged to the last beat", arguments: TalkStoreKind.allCases)
    func agentLeft(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.seconds(5))
        let charged = try await person.accepted(session, seq: 2).charged
        try await store.advance(.milliseconds(3_300))
        let ended = try #require(try await person.talks.hangUp(session, user: person.user, .agentEnded))
        #expect(ended.endReason == .agentEnded && ended.charged == charged && charged >= .seconds(5))
        #expect(try await store.ended(of: person.user).map(\.charged) == [charged])
        let starting = try await person.started()
        #expect(try await person.talks.hangUp(starting, user: nil, .agentEnded)?.charged == .zero)
      }
    }

    @Test("another user cannot end a talk, and an operator can", arguments: TalkStoreKind.allCases)
    func another(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let (person, other) = (TalkPerson(talks: store.talks), TalkPerson(talks: store.talks))
        let session = try await person.live()
        #expect(try await person.talks.hangUp(session, user: other.user, .user) == nil)
        #expect(try await person.read(session).state == .live)
        #expect(try await person.talks.hangUp(try person.newSession(), user: nil, .operator) == nil)
        #expect(try await person.talks.hangUp(session, user: nil, .operator)?.endReason == .operator)
      }
    }

    @Test("a talk that was not connected costs nothing when it is hung up", arguments: TalkStoreKind.allCases)
    func waiting(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.started()
        try await store.advance(.seconds(9))
        #expect(try await person.talks.hangUp(session, user: person.user, .user)?.charged == .zero)
      }
    }

    @Test(
      "a tick ends a talk with a final grant, charged in full, with or without a client",
      arguments: TalkStoreKind.allCases)
    func exhausted(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live(granted: .milliseconds(7_250), isFinal: true)
        try await store.advance(.seconds(5))
        #expect(try await person.accepted(session, seq: 2).validFor == .milliseconds(2_250))
        try await store.advance(.seconds(6))
        let event = TalkEnded(
          userID: person.user, sessionID: session, charged: .milliseconds(7_250), endReason: .exhausted,
          forgiven: .zero, beats: 2, trace: try await person.read(session).trace)
        #expect(try await store.ended(of: person.user) == [event])
        #expect(try await person.read(session).remaining == .zero)
      }
    }

    @Test(
      "beyond the grant a talk runs on for the grace, then ends as billing_unavailable",
      arguments: TalkStoreKind.allCases)
    func grace(kind: TalkStoreKind) async throws {
      try await kind.with(grace: .seconds(4)) { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live(granted: .seconds(6))
        try await store.advance(.seconds(8))
        #expect(try await person.accepted(session, seq: 2).state == .live)
        try await store.advance(.seconds(3))
        #expect(try await person.read(session).endReason == .billingUnavailable)
        #expect(try await store.ended(of: person.user).map(\.charged) == [.seconds(10)])
      }
    }

    @Test("a talk ends at the maximal length", arguments: TalkStoreKind.allCases)
    func longest(kind: TalkStoreKind) async throws {
      try await kind.with(longest: .seconds(8)) { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.seconds(5))
        _ = try await person.accepted(session, seq: 2)
        try await store.advance(.seconds(4))
        #expect(try await person.read(session).endReason == .maxDuration)
        #expect(try await store.ended(of: person.user).map(\.charged) == [.seconds(8)])
      }
    }

    @Test("an outage neither ends a talk nor is charged, and is recorded with it", arguments: TalkStoreKind.allCases)
    func outage(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.seconds(3))
        try await store.goAway(.seconds(600))
        try await store.advance(.seconds(9))
        let talk = try await person.accepted(session, seq: 2)
        // The whole step in which the store came back is skipped too.
        #expect(talk.charged == .seconds(10) && talk.forgiven >= .seconds(600) && talk.forgiven < .seconds(601))
        _ = try await person.talks.hangUp(session, user: nil, .user)
        #expect(try await store.ended(of: person.user).map(\.forgiven) == [talk.forgiven])
        try await store.goAway(.seconds(60))
        #expect(try await person.read(session).forgiven == talk.forgiven)
      }
    }

    @Test("an outage before a talk is not recorded with it", arguments: TalkStoreKind.allCases)
    func skippedBefore(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        _ = try await person.started()
        try await store.goAway(.seconds(600))
        let session = try person.newSession()
        _ = try await person.reserve(session, takeOver: true)
        #expect(try await person.read(session).forgiven == .zero)
      }
    }

    @Test("a restart of the store gives every talk 10 s more", arguments: TalkStoreKind.allCases)
    func restarted(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.seconds(9))
        try await store.restart()
        try await store.advance(.seconds(9))
        #expect(try await person.accepted(session, seq: 2).charged == .seconds(10))
        try await store.advance(.seconds(11))
        #expect(try await person.read(session).endReason == .gap)
      }
    }

    @Test("a settled talk can still be read", arguments: TalkStoreKind.allCases)
    func settled(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        let ended = try await person.talks.hangUp(session, user: nil, .user)
        try await person.talks.settled(session)
        #expect(try await person.talks.read(session) == ended)
        try await person.talks.settled(try person.newSession())
      }
    }
  }
}
