import Application
import Domain
import Testing

extension LiveTalkStoreContract {
  /// The same beats for a caller without a task to wait in.
  @Suite("beats without a task")
  struct NoTask {
    private func answer(_ person: TalkPerson, _ session: SessionID, seq: Int64) async throws -> HeartbeatResult {
      let beat = Heartbeat(
        session: session, user: person.user, device: person.device, issuedAt: 1_000, seq: seq)
      return try await withCheckedContinuation { done in
        person.talks.beat(beat) { done.resume(returning: $0) }
      }.get()
    }

    @Test("beats without a task are charged and answered as other beats are", arguments: TalkStoreKind.allCases)
    func alike(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let person = TalkPerson(talks: store.talks)
        let session = try await person.live()
        try await store.advance(.milliseconds(4_200))
        guard case .accepted(let talk) = try await answer(person, session, seq: 2) else {
          Issue.record("it is refused")
          return
        }
        #expect(talk.charged == .milliseconds(4_200) && talk.seq == 2)
        #expect(try await person.read(session) == talk)
        #expect(try await answer(person, session, seq: 2) == .accepted(talk))
        #expect(try await answer(TalkPerson(talks: store.talks), session, seq: 3) == .notFound)
        try await store.advance(.milliseconds(10_001))
        guard case .ended(let ended) = try await answer(person, session, seq: 3) else {
          Issue.record("it goes on")
          return
        }
        #expect(ended.endReason == .gap && ended.charged == .milliseconds(4_200))
      }
    }

    @Test("of many simultaneous beats each gets its own answer", arguments: TalkStoreKind.allCases)
    func many(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let people = (0..<50).map { _ in TalkPerson(talks: store.talks) }
        try await withThrowingTaskGroup(of: Void.self) { group in
          for person in people {
            group.addTask {
              let session = try await person.live()
              guard case .accepted(let talk) = try await answer(person, session, seq: 2) else {
                throw TalkPerson.NotAccepted()
              }
              #expect(talk.id == session && talk.user == person.user && talk.seq == 2 && talk.beats == 2)
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }
}
