import Application
import Domain
import Testing

extension LiveTalkStoreContract {
  @Suite("the list of live talks")
  struct Lists {
    @Test(
      "the list has for each talk the age of its last beat, what remains, and since when it is connected",
      arguments: TalkStoreKind.allCases)
    func figures(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        let (talking, waiting) = (TalkPerson(talks: store.talks), TalkPerson(talks: store.talks))
        let session = try await talking.live()
        try await store.advance(.seconds(5))
        _ = try await talking.accepted(session, seq: 2)
        let unopened = try await waiting.started()
        try await store.advance(.milliseconds(3_200))
        let page = try await store.talks.page(after: nil, limit: 10)
        let live = try #require(page.items.first { $0.talk.id == session })
        #expect(live.talk.user == talking.user && live.talk.state == .live && live.talk.beats == 2)
        #expect(live.silence == .milliseconds(3_200) && live.talk.charged == .seconds(5))
        #expect(live.talk.remaining == .seconds(595))
        let connected = try #require(live.connectedAt?.timeIntervalSince1970)
        _ = try await talking.talks.hangUp(session, user: nil, .user)
        let trace = try #require(try await talking.read(session).trace)
        #expect(trace.firstBeat == Int64((connected * 1_000).rounded()))
        let starting = try #require(page.items.first { $0.talk.id == unopened })
        #expect(starting.talk.state == .starting && starting.silence == nil && starting.connectedAt == nil)
        #expect(page.next == nil)
        #expect(try await store.talks.count() == 1)
        // An ended talk is not listed.
        #expect(try await store.talks.page(after: nil, limit: 10).items.map(\.talk.id) == [unopened])
      }
    }

    @Test("the pages contain each talk once, even if others begin and end meanwhile", arguments: TalkStoreKind.allCases)
    func pages(kind: TalkStoreKind) async throws {
      try await kind.with { store in
        var sessions: Set<SessionID> = []
        for _ in 0..<23 { sessions.insert(try await TalkPerson(talks: store.talks).started()) }
        var found: [SessionID] = []
        var after: SessionID?
        repeat {
          let page = try await store.talks.page(after: after, limit: 5)
          #expect(page.items.count <= 5)
          found += page.items.map(\.talk.id)
          after = page.next
          let other = try await TalkPerson(talks: store.talks).started()
          if let after { #expect(found.last == after) }
          _ = try await store.talks.hangUp(other, user: nil, .user)
          // A talk that was already listed ends.
          if let shown = found.first { _ = try await store.talks.hangUp(shown, user: nil, .user) }
        } while after != nil && found.count < 100
        #expect(Set(found) == sessions && found.count == 23)
      }
    }
  }
}
