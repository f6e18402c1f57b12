import Application
import Domain
import Testing

/// The behaviour of every implementation of the talk ledger.
@Suite("The ledger of talks")
struct TalkLedgerContract {
  @Suite("holds")
  struct Holds {
    @Test("an unused wallet is empty", arguments: TalkLedgerKind.allCases)
    func empty(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let wallet = try await store.talkLedger.wallet(of: TalkLedgerPerson(store: store).user)
        #expect(wallet == WalletStanding(available: .zero, owed: .zero, version: 0, isFrozen: false))
      }
    }

    @Test("opening a talk holds a minute and writes the history", arguments: TalkLedgerKind.allCases)
    func opens(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let before = try await person.talkLedger.wallet(of: person.user).version
        let session = try person.newSession()
        let grant = try await person.talkLedger.open(person.opening(session))
        #expect(grant.cumulative == .seconds(60) && grant.slice == 1 && !grant.isFinal)
        #expect(grant.available == .minutes(4) && grant.walletVersion == before + 1)
        let wallet = try await person.wallet()
        #expect(wallet.available == .minutes(4) && wallet.held == .minutes(1))
        let record = try #require(try await person.history.record(of: session))
        #expect(record.user == person.user && record.conversation == "conv_\(session)" && !record.isEnded)
        #expect(record.charged == .zero && record.endReason == nil && record.settledAt == nil)
      }
    }

    @Test("opening a talk again gives the same answer and holds nothing more", arguments: TalkLedgerKind.allCases)
    func opensOnce(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let opening = person.opening(try person.newSession())
        let first = try await person.talkLedger.open(opening)
        #expect(try await person.talkLedger.open(opening) == first)
        #expect(try await person.wallet().held == .minutes(1))
      }
    }

    @Test("less than a minute is held whole, and is final", arguments: TalkLedgerKind.allCases)
    func little(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.milliseconds(7_123), in: store)
        let grant = try await person.talkLedger.open(person.opening(try person.newSession()))
        #expect(grant.cumulative == .milliseconds(7_123) && grant.isFinal && grant.available == .zero)
      }
    }

    @Test("the grant grows slice by slice, and a repeat gives the same answer", arguments: TalkLedgerKind.allCases)
    func slices(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.seconds(150), in: store)
        let session = try await person.opened()
        let second = try await person.hold(2, session, metered: .seconds(35))
        #expect(second.cumulative == .seconds(120) && second.slice == 2 && !second.isFinal)
        #expect(try await person.hold(2, session, metered: .seconds(40)) == second)
        let third = try await person.hold(3, session)
        #expect(third.cumulative == .seconds(150) && third.slice == 3 && third.isFinal)
        #expect(try await person.wallet().held == .seconds(150))
        // The greatest reported figure is kept.
        #expect(try await person.history.record(of: session)?.charged == .seconds(40))
      }
    }

    @Test("a further slice of an empty wallet is zero, until there is credit", arguments: TalkLedgerKind.allCases)
    func emptySlice(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.seconds(60), in: store)
        let session = try await person.opened()
        let none = try await person.hold(2, session)
        #expect(none.cumulative == .seconds(60) && none.slice == 1 && none.isFinal)
        try await store.credit(person.user, .seconds(90))
        let second = try await person.hold(2, session)
        #expect(second.cumulative == .seconds(120) && second.slice == 2 && !second.isFinal)
        #expect(second.walletVersion > none.walletVersion)
        // A repeat reports the wallet's current state.
        try await store.credit(person.user, .seconds(10))
        #expect(try await person.hold(2, session).available == .seconds(40))
      }
    }

    @Test("20 simultaneous requests for one slice hold it once", arguments: TalkLedgerKind.allCases)
    func race(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(30), in: store)
        let session = try await person.opened()
        let grants = try await withThrowingTaskGroup(of: SliceGrant.self) { group in
          for _ in 0..<20 { group.addTask { try await person.hold(2, session) } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(grants.count == 20 && grants.allSatisfy { $0.cumulative == .seconds(120) })
        #expect(try await person.wallet().held == .seconds(120))
      }
    }
  }

  @Suite("refusals")
  struct Refusals {
    @Test("without talk time no talk opens, and nothing is stored", arguments: TalkLedgerKind.allCases)
    func insufficient(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = TalkLedgerPerson(store: store)
        try await Self.refuses(person, .insufficientTalkTime)
      }
    }

    @Test("while talk time is owed no talk opens", arguments: TalkLedgerKind.allCases)
    func owed(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(1), in: store)
        try await store.debit(person.user, .minutes(3))
        #expect(try await person.talkLedger.wallet(of: person.user).owed == .minutes(2))
        try await Self.refuses(person, .balanceOwed)
      }
    }

    @Test("a frozen wallet holds nothing, not even a slice that was held before", arguments: TalkLedgerKind.allCases)
    func frozen(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let opening = person.opening(try person.newSession())
        _ = try await person.talkLedger.open(opening)
        try await store.freeze(person.user, true)
        #expect(try await person.talkLedger.wallet(of: person.user).isFrozen)
        await #expect(throws: TalkLedgerError.frozen) { _ = try await person.talkLedger.open(opening) }
        await #expect(throws: TalkLedgerError.frozen) { _ = try await person.hold(2, opening.session) }
        #expect(try await person.settle(opening.session, .seconds(20)).charged == .seconds(20))
        try await Self.refuses(person, .frozen)
      }
    }

    @Test("a talk that was never opened gets no slice", arguments: TalkLedgerKind.allCases)
    func unknown(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try person.newSession()
        await #expect(throws: TalkLedgerError.settledAlready) { _ = try await person.hold(2, session) }
        #expect(try await person.wallet().held == .zero)
      }
    }

    private static func refuses(_ person: TalkLedgerPerson, _ error: TalkLedgerError) async throws {
      let session = try person.newSession()
      let held = try await person.wallet().held
      await #expect(throws: error) { _ = try await person.talkLedger.open(person.opening(session)) }
      #expect(try await person.wallet().held == held)
      #expect(try await person.history.record(of: session) == nil)
      #expect(
        try await person.store.conversations.openConversations(of: person.user).allSatisfy {
          $0.id != "conv_\(session)"
        })
    }
  }
}
