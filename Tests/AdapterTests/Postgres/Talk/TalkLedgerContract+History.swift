import Application
import Domain
import Testing

extension TalkLedgerContract {
  @Suite("history and conversations")
  struct History {
    @Test(
      "the history shows the newest talk first, page by page, also if talks are written meanwhile",
      arguments: TalkLedgerKind.allCases)
    func pages(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(60), in: store)
        let other = try await TalkLedgerPerson.with(.minutes(60), in: store)
        var sessions: [SessionID] = []
        for _ in 0..<7 {
          sessions.insert(try await person.opened(), at: 0)
          try await other.opened()
        }
        var found: [SessionID] = []
        var sizes: [Int] = []
        var cursor: String?
        repeat {
          let page = try await person.history.history(of: person.user, limit: 3, after: cursor)
          found += page.items.map(\.session)
          sizes.append(page.items.count)
          cursor = page.next
          // Neither a new talk nor a changed one shifts a page.
          try await person.opened()
          try await person.settle(sessions[sizes.count], .seconds(1))
        } while cursor != nil && sizes.count < 10
        #expect(found == sessions && sizes == [3, 3, 1])
      }
    }

    @Test("a last page that is full has no next page", arguments: TalkLedgerKind.allCases)
    func fullPage(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(60), in: store)
        for _ in 0..<3 { try await person.opened() }
        let page = try await person.history.history(of: person.user, limit: 3, after: nil)
        #expect(page.items.count == 3 && page.next == nil)
      }
    }

    @Test("another user's cursor, or an invalid one, finds nothing", arguments: TalkLedgerKind.allCases)
    func foreignCursor(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(60), in: store)
        let other = try await TalkLedgerPerson.with(.minutes(60), in: store)
        try await person.opened()
        let theirs = try await other.opened()
        for cursor in [theirs.text, "", "nonsense", "' OR true --"] {
          let page = try await person.history.history(of: person.user, limit: 3, after: cursor)
          #expect(page.items.isEmpty && page.next == nil)
        }
      }
    }

    @Test("a talk that does not exist has no record", arguments: TalkLedgerKind.allCases)
    func unknown(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let session = try TalkLedgerPerson(store: store).newSession()
        #expect(try await store.history.record(of: session) == nil)
      }
    }

    @Test(
      "an open conversation has its URL, which is given out for 14 minutes and can be opened for a little over 15",
      arguments: TalkLedgerKind.allCases)
    func conversations(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        for (step, given, openable): (TalkTime, Bool, Bool) in [
          (.zero, true, true), (.minutes(13), true, true), (.minutes(1), false, true), (.minutes(1), false, true),
          (.seconds(31), false, false),
        ] {
          try await store.advance(step)
          let open = try #require(try await person.store.conversations.openConversations(of: person.user).first)
          #expect(open.id == "conv_\(session)" && open.agent == "agent")
          #expect(open.key == .signedURL("wss://agent.test/conv_\(session)"))
          #expect(open.isGiven == given && open.isOpenable == openable)
        }
        try await person.store.conversations.close("conv_\(session)")
        #expect(try await person.store.conversations.openConversations(of: person.user).isEmpty)
        try await person.store.conversations.close("conv_unknown")
        #expect(try await person.store.conversations.isOurs("conv_\(session)"))
        #expect(try await person.store.conversations.isOurs("conv_unknown") == false)
      }
    }

    @Test("an interrupted talk has its open conversation and its end", arguments: TalkLedgerKind.allCases)
    func interrupted(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        let conversations = person.store.conversations
        #expect(try await conversations.interruptedTalk(session, of: person.user) == nil)
        try await person.settle(session, .seconds(10), .gap)
        try await store.advance(.seconds(40))
        let found = try #require(try await conversations.interruptedTalk(session, of: person.user))
        #expect(found.conversation.id == "conv_\(session)" && found.conversation.agent == "agent")
        #expect(found.conversation.key == .signedURL("wss://agent.test/conv_\(session)"))
        #expect(found.ending.reason == .gap && (Duration.seconds(40)..<(.seconds(60))).contains(found.ending.age))
        // The rows' times of creation are the server's, and no test changes them.
        #expect(found.unmetered >= .zero && found.unmetered < .seconds(60))
        // Another talk without a beat changes nothing, and one with a beat takes its place.
        for (beats, isNil) in [(Int64(0), false), (1, true)] {
          let later = try person.newSession()
          _ = try await person.talkLedger.open(person.opening(later, conversation: "conv_\(session)"))
          _ = try await person.talkLedger.settle(
            TalkClosing(
              session: later, user: person.user, charge: .zero, reason: .user, forgiven: .zero, beats: beats))
          #expect((try await conversations.interruptedTalk(session, of: person.user) == nil) == isNil)
        }
        #expect(try await conversations.interruptedTalk(session, of: TalkLedgerPerson(store: store).user) == nil)
        #expect(try await conversations.interruptedTalk(try person.newSession(), of: person.user) == nil)
        try await conversations.close("conv_\(session)")
        #expect(try await conversations.interruptedTalk(session, of: person.user) == nil)
      }
    }

    @Test(
      "a talk that opens on a conversation that was closed meanwhile is checked at once",
      arguments: TalkLedgerKind.allCases)
    func closedMeanwhile(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        let id = "conv_\(session)"
        try await person.settle(session, .seconds(10), .gap)
        _ = try await person.store.conversations.reconcile(id, reported: ReportedDuration(duration: .seconds(11)))
        #expect(try await person.store.checks.claimDue(limit: 1_000).allSatisfy { $0.id != id })
        _ = try await person.talkLedger.open(person.opening(try person.newSession(), conversation: id))
        let due = try #require(try await person.store.checks.claimDue(limit: 1_000).first { $0.id == id })
        #expect(due.isTalkedOn && due.duration == .seconds(11))
      }
    }

    @Test("a due check has the end of the conversation's last talk", arguments: TalkLedgerKind.allCases)
    func lastEnding(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let id = "conv_\(person.user)"
        for (reason, age) in [(EndReason.user, 3), (.gap, 7)] as [(EndReason, Int64)] {
          let session = try person.newSession()
          _ = try await person.talkLedger.open(person.opening(session, conversation: id))
          try await person.settle(session, .seconds(1), reason)
          try await store.advance(.seconds(age))
          let due = try await person.store.checks.claimDue(limit: 1_000)
          let ending = try #require(due.first { $0.id == id }?.lastEnding)
          #expect(ending.reason == reason && (Duration.seconds(age)..<(.seconds(age + 20))).contains(ending.age))
        }
      }
    }

    @Test("the token of a WebRTC connection is stored as a token", arguments: TalkLedgerKind.allCases)
    func token(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let invitation = VoiceInvitation(key: .conversationToken("a.b.c"), conversation: "conv_\(person.user)")
        _ = try await person.talkLedger.open(
          NewTalk(session: try person.newSession(), user: person.user, agent: "agent", invitation: invitation))
        #expect(
          try await person.store.conversations.openConversations(of: person.user).map(\.key) == [
            .conversationToken("a.b.c")
          ])
      }
    }

    @Test("a URL that is given out again keeps its age", arguments: TalkLedgerKind.allCases)
    func givenAgain(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        _ = try await person.talkLedger.open(
          person.opening(try person.newSession(), conversation: "conv_\(person.user)"))
        try await store.advance(.minutes(10))
        let second = try person.newSession()
        _ = try await person.talkLedger.open(person.opening(second, conversation: "conv_\(person.user)"))
        try await store.advance(.minutes(5))
        let open = try await person.store.conversations.openConversations(of: person.user)
        #expect(open.map(\.id) == ["conv_\(person.user)"] && open.map(\.isGiven) == [false])
        #expect(try await person.history.record(of: second)?.conversation == "conv_\(person.user)")
      }
    }
  }
}
