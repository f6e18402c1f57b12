import Application
import Domain
import Foundation
import Testing

/// The behaviour of every store of live talks. The suites run in turn, because they change the clock of one database.
@Suite("Live talks", .serialized)
struct LiveTalkStoreContract {
  @Suite("slots")
  struct Slots {
    @Test("a reservation waits for its slice, with nothing metered", arguments: TalkStoreKind.allCases)
    func reserves(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try person.newSession()
        #expect(try await person.reserve(session) == .reserved)
        let talk = try await person.read(session)
        #expect(talk.id == session && talk.user == person.user && talk.state == .starting)
        #expect(talk.charged == .zero && talk.granted == .zero && talk.remaining == .minutes(10))
        #expect(talk.validFor == .seconds(15) && talk.walletVersion == 5 && talk.slice == 0 && talk.endReason == nil)
        #expect(try await person.talks.current(of: person.user) == session)
        #expect(try await store.ended().isEmpty)
      }
    }

    @Test("a user has one talk at a time, independently of other users", arguments: TalkStoreKind.allCases)
    func alreadyLive(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let other = TalkPerson(talks: store.talks)
        let (first, second) = (try await person.live(), try person.newSession())
        let before = try await person.read(first)
        #expect(try await person.reserve(second) == .alreadyLive(first))
        #expect(try await person.read(first) == before)
        #expect(try await person.talks.read(second) == nil)
        #expect(try await other.reserve(try other.newSession(), takeOver: true) == .reserved)
        #expect(try await person.talks.current(of: person.user) == first)
      }
    }

    @Test("of 20 simultaneous reservations one succeeds", arguments: TalkStoreKind.allCases)
    func race(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let answers = try await withThrowingTaskGroup(of: LiveTalkReservationResult.self) { group in
          for _ in 0..<20 { group.addTask { try await person.reserve(try person.newSession()) } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.filter { $0 == .reserved }.count == 1)
        let current = try #require(try await person.talks.current(of: person.user))
        #expect(answers.filter { $0 == .alreadyLive(current) }.count == 19)
      }
    }

    @Test("taking over ends the other talk, charged to that moment", arguments: TalkStoreKind.allCases)
    func takesOver(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let first = try await person.live()
        try await store.advance(.milliseconds(4_300))
        let second = try person.newSession()
        #expect(try await person.reserve(second, takeOver: true) == .tookOver(first))
        let ended = try await person.read(first)
        #expect(ended.endReason == .takenOver && ended.charged == .milliseconds(4_300) && ended.state == .ended)
        #expect(try await person.talks.current(of: person.user) == second)
        let event = TalkEnded(
          userID: person.user, sessionID: first, charged: .milliseconds(4_300), endReason: .takenOver,
          forgiven: .zero, beats: 1, trace: ended.trace)
        #expect(try await store.ended(of: person.user) == [event])
      }
    }

    @Test("a slot is free when its talk is over, without taking over", arguments: TalkStoreKind.allCases)
    func freeAgain(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let first = try await person.started()
        try await store.advance(.seconds(31))
        #expect(try await person.talks.current(of: person.user) == nil)
        #expect(try await person.reserve(try person.newSession(), takeOver: true) == .reserved)
        #expect(try await person.read(first).endReason == .neverConnected)
        #expect(try await store.ended(of: person.user).map(\.charged) == [.zero])
      }
    }

    @Test("all users' talks that are not over are counted", arguments: TalkStoreKind.allCases)
    func counts(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        #expect(try await store.talks.count() == 0)
        let people = (0..<40).map { _ in TalkPerson(talks: store.talks) }
        for person in people { _ = try await person.started() }
        let taken = try people[0].newSession()
        _ = try await people[0].reserve(taken, takeOver: true)
        #expect(try await store.talks.count() == 40)
        try await store.talks.drop(taken)
        _ = try await people[1].talks.hangUp(
          try #require(try await people[1].talks.current(of: people[1].user)), user: nil, .operator)
        #expect(try await store.talks.count() == 38)
        try await store.advance(.seconds(31))
        #expect(try await store.talks.count() == 0)
      }
    }

    @Test("a dropped reservation leaves nothing, not even an event", arguments: TalkStoreKind.allCases)
    func drops(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.started()
        try await person.talks.drop(session)
        #expect(try await person.talks.read(session) == nil)
        #expect(try await person.talks.current(of: person.user) == nil)
        try await store.advance(.seconds(60))
        #expect(try await store.ended(of: person.user).isEmpty)
        try await person.talks.drop(session)
        #expect(try await person.reserve(try person.newSession()) == .reserved)
      }
    }

    @Test("a talk that has begun or is over is not dropped", arguments: TalkStoreKind.allCases)
    func keeps(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await person.talks.drop(session)
        #expect(try await person.read(session).state == .live)
        _ = try await person.talks.hangUp(session, user: nil, .operator)
        try await person.talks.drop(session)
        #expect(try await person.read(session).endReason == .operator)
      }
    }
  }
}
