import Application
import Domain
import Testing

extension TalkLedgerContract {
  @Suite("the proof of a charge, and operators' actions")
  struct Proofs {
    private static let trace = TalkBeatSummary(
      firstBeat: 1_764_000_000_123, lastBeat: 1_764_000_075_456, chargedToLastBeat: .seconds(72), walletVersion: 4,
      gaps: TalkGaps(
        first: [TalkGap(at: .seconds(5), length: .seconds(17), charged: .seconds(10))], count: 51, total: .minutes(9)))

    @Test(
      "the proof shows grants, the settlement and other movements of the wallet meanwhile",
      arguments: TalkLedgerKind.allCases)
    func whole(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        _ = try await person.hold(2, session)
        try await store.credit(person.user, .minutes(1))
        #expect(try await person.proofs.proof(of: session)?.record.isEnded == false)
        try await person.settle(session, .seconds(75), trace: Self.trace)
        try await store.credit(person.user, .minutes(2))
        let proof = try #require(try await person.proofs.proof(of: session))
        #expect(proof.trace == Self.trace && proof.beats == 3 && proof.agent == "agent")
        #expect(
          proof.entries.map(\.reference)
            == ["slice:1", "slice:2", "settlement"].map { "session:\(session):\($0)" })
        #expect(proof.entries.map(\.walletVersion) == [2, 3, 5])
        #expect(proof.grants.map(\.amount) == [.seconds(60), .seconds(60)])
        #expect(proof.grants.map(\.cumulative) == [.seconds(60), .seconds(120)])
        // Changes after the end of the talk are not part of its proof.
        #expect(proof.walletChanges.map(\.amount) == [.minutes(1)] && proof.walletChanges.map(\.walletVersion) == [4])
        #expect(proof.taken == .seconds(75) && proof.adjusted == .zero && proof.agrees)
        #expect(proof.record.conversationDuration == nil)
        _ = try await person.reconcile("conv_\(session)", .seconds(78))
        #expect(try await person.proofs.proof(of: session)?.record.conversationDuration == .seconds(78))
      }
    }

    @Test("the proof of a charge that the wallet could not pay counts what is owed", arguments: TalkLedgerKind.allCases)
    func owed(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.seconds(70), in: store)
        let session = try await person.opened()
        try await person.settle(session, .seconds(85), .billingUnavailable)
        let proof = try #require(try await person.proofs.proof(of: session))
        #expect(proof.taken == .seconds(85) && proof.agrees && proof.trace == nil)
      }
    }

    @Test("the proof shows nothing of another talk of the same user", arguments: TalkLedgerKind.allCases)
    func another(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let first = try await person.opened()
        try await person.settle(first, .seconds(10), trace: Self.trace)
        let second = try await person.opened()
        try await person.settle(second, .seconds(20))
        #expect(try await person.proofs.proof(of: first)?.taken == .seconds(10))
        #expect(try await person.proofs.proof(of: second)?.taken == .seconds(20))
        #expect(try await person.proofs.proof(of: first)?.walletChanges == [])
        // The charge is 62 s less than the charge to its last beat, which is impossible.
        #expect(try await person.proofs.proof(of: first)?.agrees == false)
        #expect(try await person.proofs.proof(of: try person.newSession()) == nil)
      }
    }

    @Test("nothing is held for a closed account", arguments: TalkLedgerKind.allCases)
    func closed(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        try await store.closeAccount(of: person.user)
        await #expect(throws: TalkLedgerError.accountClosed) { try await person.opened() }
        #expect(try await person.wallet().held == .zero)
        #expect(try await person.store.accounts.isDisabled(person.user))
        #expect(try await person.store.accounts.isDisabled(TalkLedgerPerson(store: store).user) == false)
      }
    }

    @Test("agent and conversation are found only for talks that are in the ledger", arguments: TalkLedgerKind.allCases)
    func names(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let session = try await person.opened()
        let names = try await person.store.names.names(of: [session, try person.newSession()])
        #expect(names == [session: TalkProviderIDs(agent: "agent", conversation: "conv_\(session)")])
        #expect(try await person.store.names.names(of: []).isEmpty)
        let reason = try #require(Reason("a test"))
        try await person.store.actions.note(
          OperatorTalkAction(.end, actor: "cli:test", subject: session.text, reason: reason))
      }
    }
  }
}
