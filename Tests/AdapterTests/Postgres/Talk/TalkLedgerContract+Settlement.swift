import Application
import Domain
import Testing

extension TalkLedgerContract {
  @Suite("settlement")
  struct Settlements {
    @Test("a settlement closes every hold and charges what was used, once", arguments: TalkLedgerKind.allCases)
    func once(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        _ = try await person.hold(2, session)
        let settled = try await person.settle(session, .seconds(75))
        #expect(
          settled == SettledTalk(charged: .seconds(75), balance: .seconds(225), reason: .user, wasSettled: false))
        let wallet = try await person.wallet()
        #expect(wallet.available == .seconds(225) && wallet.held == .zero)
        let record = try #require(try await person.history.record(of: session))
        #expect(record.isEnded && record.charged == .seconds(75) && record.endReason == .user)
        #expect(record.settledAt != nil)

        // A later figure changes nothing: the first one stands.
        try await store.credit(person.user, .minutes(1))
        let again = try await person.settle(session, .seconds(90), .gap)
        #expect(
          again == SettledTalk(charged: .seconds(75), balance: .seconds(225), reason: .user, wasSettled: true))
        #expect(try await person.wallet().available == .seconds(285))
      }
    }

    @Test("20 simultaneous settlements charge once", arguments: TalkLedgerKind.allCases)
    func race(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        let answers = try await withThrowingTaskGroup(of: SettledTalk.self) { group in
          for n in 0..<20 { group.addTask { try await person.settle(session, .seconds(Int64(10 + n))) } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        let first = try #require(answers.first { !$0.wasSettled })
        #expect(answers.filter(\.wasSettled).count == 19 && answers.allSatisfy { $0.charged == first.charged })
        #expect(try await person.wallet().available == .minutes(5) - first.charged)
      }
    }

    @Test("a talk that cost nothing gives everything back", arguments: TalkLedgerKind.allCases)
    func nothing(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        #expect(try await person.settle(try await person.opened(), .zero, .neverConnected).balance == .minutes(5))
        #expect(try await person.wallet().available == .minutes(5))
      }
    }

    @Test(
      "a charge above the holds is taken from the wallet, and what that lacks is owed",
      arguments: TalkLedgerKind.allCases)
    func owed(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.seconds(70), in: store)
        let settled = try await person.settle(try await person.opened(), .seconds(85), .billingUnavailable)
        #expect(settled.balance == .zero)
        #expect(try await person.talkLedger.wallet(of: person.user).owed == .seconds(15))
      }
    }

    @Test("after the settlement nothing is held for the talk", arguments: TalkLedgerKind.allCases)
    func late(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        try await person.settle(session, .seconds(10))
        await #expect(throws: TalkLedgerError.settledAlready) { _ = try await person.hold(1, session) }
        await #expect(throws: TalkLedgerError.settledAlready) { _ = try await person.hold(2, session) }
        await #expect(throws: TalkLedgerError.settledAlready) {
          _ = try await person.talkLedger.open(person.opening(session))
        }
        #expect(try await person.wallet().held == .zero)
      }
    }

    @Test(
      "a talk whose first hold never came is settled too, and a late hold is refused",
      arguments: TalkLedgerKind.allCases)
    func beforeItsHold(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try person.newSession()
        let settled = try await person.settle(session, .zero, .neverConnected)
        #expect(!settled.wasSettled && settled.balance == .minutes(5))
        await #expect(throws: TalkLedgerError.settledAlready) {
          _ = try await person.talkLedger.open(person.opening(session))
        }
        #expect(try await person.wallet().held == .zero)
        // The user never received a URL, so the history does not show the talk.
        #expect(try await person.history.history(of: person.user, limit: 10, after: nil).items.isEmpty)
      }
    }

    @Test("a settlement changes no talk of other users", arguments: TalkLedgerKind.allCases)
    func others(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let other = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let (mine, theirs) = (try await person.opened(), try await other.opened())
        await #expect(throws: TalkLedgerError.self) { try await person.settle(theirs, .seconds(30)) }
        try await person.settle(mine, .seconds(30))
        #expect(try await other.wallet().held == .minutes(1))
        #expect(try await other.history.record(of: theirs)?.isEnded == false)
      }
    }
  }

  @Suite("unsettled talks and overdue holds")
  struct Open {
    @Test("an unsettled talk is listed with its last known figures", arguments: TalkLedgerKind.allCases)
    func unsettled(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let other = try await TalkLedgerPerson.with(.minutes(5), in: store)
        try await other.opened()
        let settled = try await person.opened()
        try await person.settle(settled, .zero)
        let open = try await person.opened()
        _ = try await person.hold(2, open, metered: .seconds(31))
        let expected = UnsettledTalk(session: open, user: person.user, metered: .seconds(31))
        #expect(try await person.history.unsettled(of: person.user) == [expected])
      }
    }

    @Test(
      "a hold expires after 3 minutes, and each slice and each check extends it by 3 more",
      arguments: TalkLedgerKind.allCases)
    func overdue(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        try await store.advance(.seconds(170))
        #expect(try await person.history.overdue(limit: 10).isEmpty)
        _ = try await person.hold(2, session, metered: .seconds(20))
        try await store.advance(.seconds(170))
        #expect(try await person.history.overdue(limit: 10).isEmpty)
        try await store.advance(.seconds(11))
        let expected = UnsettledTalk(session: session, user: person.user, metered: .seconds(20))
        #expect(try await person.history.overdue(limit: 10) == [expected])
        try await person.talkLedger.extend(session)
        #expect(try await person.history.overdue(limit: 10).isEmpty)
        try await store.advance(.seconds(181))
        #expect(try await person.history.overdue(limit: 10) == [expected])
        try await person.settle(session, .seconds(20))
        #expect(try await person.history.overdue(limit: 10).isEmpty)
      }
    }

    @Test("a list of overdue holds is limited in length", arguments: TalkLedgerKind.allCases)
    func limit(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        for _ in 0..<5 { try await (try await TalkLedgerPerson.with(.minutes(5), in: store)).opened() }
        try await store.advance(.seconds(181))
        #expect(try await store.history.overdue(limit: 3).count == 3)
        #expect(try await store.history.overdue(limit: 10).count == 5)
      }
    }
  }
}
