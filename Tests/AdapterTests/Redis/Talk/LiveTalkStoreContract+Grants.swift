import Application
import Domain
import Testing

extension LiveTalkStoreContract {
  @Suite("grants and the wallet")
  struct Grants {
    @Test("the first slice is stored and gives 30 s to connect", arguments: TalkStoreKind.allCases)
    func first(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try person.newSession()
        #expect(try await person.reserve(session) == .reserved)
        let talk = try #require(try await person.note(.seconds(60), for: session))
        #expect(talk.granted == .seconds(60) && talk.slice == 1 && talk.walletVersion == 6 && !talk.isFinal)
        #expect(talk.validFor == .seconds(30) && talk.remaining == .minutes(10))
        #expect(try await person.read(session) == talk)
      }
    }

    @Test("the greater grant and the newer wallet version are kept", arguments: TalkStoreKind.allCases)
    func order(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        let second = try await person.note(
          .seconds(120), slice: 2, version: 7, available: .minutes(8), for: session)
        #expect(second?.granted == .seconds(120) && second?.slice == 2)
        #expect(try await person.note(.seconds(60), slice: 1, version: 6, isFinal: true, for: session) == second)
        let again = try await person.note(
          .seconds(120), slice: 2, version: 7, available: .minutes(8), for: session)
        #expect(again == second)
      }
    }

    @Test("a grant of an unknown talk, or of one that is over, changes nothing", arguments: TalkStoreKind.allCases)
    func over(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        #expect(try await person.note(.seconds(60), for: try person.newSession()) == nil)
        let session = try await person.live()
        let ended = try await person.talks.hangUp(session, user: nil, .user)
        #expect(try await person.note(.seconds(120), slice: 2, version: 9, for: session) == ended)
        let late = try person.newSession()
        #expect(try await person.reserve(late) == .reserved)
        try await store.advance(.seconds(15))
        let found = try #require(try await person.note(.seconds(60), for: late))
        #expect(found.endReason == .neverConnected && found.granted == .zero)
      }
    }

    @Test("a change of the wallet counts if it is newer", arguments: TalkStoreKind.allCases)
    func versions(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        for version in [5, 6] as [Int64] {
          let same = try #require(try await person.walletChanged(version: version, available: .seconds(1)))
          #expect(same.remaining == .minutes(10) && same.walletVersion == 6)
        }
        let newer = try #require(try await person.walletChanged(version: 7, available: .minutes(19)))
        #expect(newer.id == session && newer.remaining == .minutes(20) && newer.walletVersion == 7)
        #expect(try await person.read(session) == newer)
      }
    }

    @Test("credit clears a final grant, an empty wallet does not", arguments: TalkStoreKind.allCases)
    func topUp(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live(granted: .seconds(8), isFinal: true)
        #expect(try await person.walletChanged(version: 7, available: .zero)?.isFinal == true)
        #expect(try await person.walletChanged(version: 8, available: .minutes(1))?.isFinal == false)
        try await store.advance(.seconds(9))
        #expect(try await person.accepted(session, seq: 2).charged == .seconds(9))
      }
    }

    @Test("a frozen wallet ends the talk, by a newer version only", arguments: TalkStoreKind.allCases)
    func frozen(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.seconds(2))
        let old = try await person.walletChanged(version: 6, available: .minutes(9), frozen: true)
        #expect(old?.state == .live)
        let ended = try #require(try await person.walletChanged(version: 7, available: .minutes(9), frozen: true))
        #expect(ended.id == session && ended.endReason == .frozen && ended.charged == .seconds(2))
        #expect(try await store.ended(of: person.user).map(\.endReason) == [.frozen])
      }
    }

    @Test("a wallet change of a user who is not talking has no effect", arguments: TalkStoreKind.allCases)
    func silent(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        #expect(try await person.walletChanged(version: 7, available: .minutes(1)) == nil)
        let session = try await person.live()
        let ended = try await person.talks.hangUp(session, user: nil, .user)
        #expect(try await person.walletChanged(version: 8, available: .minutes(1)) == nil)
        #expect(try await person.talks.read(session) == ended)
      }
    }
  }
}
