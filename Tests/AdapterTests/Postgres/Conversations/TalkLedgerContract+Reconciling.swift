import Application
import Domain
import FoundationEssentials
import Testing

extension TalkLedgerContract {
  @Suite("reconciliation with the provider")
  struct Reconciling {
    @Test("talk that was not charged is charged, and what the wallet lacks is owed", arguments: TalkLedgerKind.allCases)
    func charged(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.seconds(100), in: store)
        let conversation = try await person.talked(.seconds(60))
        #expect(try await person.reconcile(conversation, .seconds(95)) == .adjusted(.seconds(35)))
        #expect(try await person.wallet().available == .seconds(5))
        let second = try await person.talked(.zero, .neverConnected)
        #expect(try await person.reconcile(second, .seconds(65)) == .adjusted(.seconds(65)))
        let wallet = try await person.wallet()
        #expect(wallet.available == .zero && wallet.owed == .seconds(60))
        await #expect(throws: TalkLedgerError.balanceOwed) { try await person.opened() }
      }
    }

    @Test(
      "time that was charged and not talked is given back, and first pays what is owed",
      arguments: TalkLedgerKind.allCases)
    func givenBack(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.seconds(60), in: store)
        let conversation = try await person.talked(.seconds(70))
        #expect(try await person.talkLedger.wallet(of: person.user).owed == .seconds(10))
        #expect(try await person.reconcile(conversation, .seconds(30)) == .adjusted(.seconds(-40)))
        let wallet = try await person.wallet()
        #expect(wallet.available == .seconds(30) && wallet.owed == .zero)
      }
    }

    @Test(
      "a repeated report has no second effect, and a corrected report has that of the difference",
      arguments: TalkLedgerKind.allCases)
    func again(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let conversation = try await person.talked(.seconds(60))
        _ = try await person.reconcile(conversation, .seconds(95))
        #expect(try await person.reconcile(conversation, .seconds(95)) == .tolerated(.zero))
        #expect(try await person.reconcile(conversation, .seconds(125)) == .adjusted(.seconds(30)))
        #expect(try await person.reconcile(conversation, .seconds(122)) == .tolerated(.seconds(-3)))
        #expect(try await person.store.conversations.reconcile(conversation, reported: nil) == .tolerated(.seconds(-3)))
        func told(_ duration: TalkTime, at seconds: Double) async throws -> ConversationReconciliationResult? {
          let reported = ReportedDuration(duration: duration, told: Date(timeIntervalSince1970: seconds))
          return try await person.store.conversations.reconcile(conversation, reported: reported)
        }
        // Reports of the same second, the provider's unit, count in the order of arrival; one of an earlier second does
        // not count.
        #expect(try await told(.seconds(140), at: 1_700_000_000) == .adjusted(.seconds(15)))
        #expect(try await told(.seconds(150), at: 1_700_000_000) == .adjusted(.seconds(10)))
        #expect(try await told(.seconds(10), at: 1_699_999_999) == .tolerated(.zero))
        #expect(try await person.reconcile(conversation, .seconds(125)) == .adjusted(.seconds(-25)))
        #expect(try await person.wallet().available == .seconds(175))
      }
    }

    @Test("20 simultaneous reports are one adjustment", arguments: TalkLedgerKind.allCases)
    func race(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
        let conversation = try await person.talked(.seconds(60))
        let outcomes = try await withThrowingTaskGroup(of: ConversationReconciliationResult?.self) { group in
          for _ in 0..<20 { group.addTask { try await person.reconcile(conversation, .seconds(95)) } }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .adjusted(.seconds(35)) } == 1)
        #expect(outcomes.count { $0 == .tolerated(.zero) } == 19)
        #expect(try await person.wallet().available == .seconds(205))
      }
    }

    @Test(
      "a duration is compared with all talks that had the URL, less what was forgiven",
      arguments: TalkLedgerKind.allCases)
    func talks(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
        let conversation = "conv_\(person.user)"
        for (charge, forgiven): (TalkTime, TalkTime) in [(.zero, .zero), (.seconds(40), .seconds(20))] {
          let session = try person.newSession()
          _ = try await person.talkLedger.open(person.opening(session, conversation: conversation))
          try await person.settle(session, charge, forgiven: forgiven)
        }
        #expect(try await person.reconcile(conversation, .seconds(60)) == .tolerated(.zero))
        #expect(try await person.reconcile(conversation, .seconds(70)) == .adjusted(.seconds(10)))
        // The adjustment belongs to the later talk, so that the history adds up to the total charge.
        let history = try await person.history.history(of: person.user, limit: 10, after: nil).items
        #expect(history.map(\.finalCharge) == [.seconds(50), .zero])
      }
    }

    @Test("of a talk that the live store lost at most a slice is left unadjusted", arguments: TalkLedgerKind.allCases)
    func lost(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
        let conversation = try await person.talked(.seconds(60), .lost)
        #expect(try await person.reconcile(conversation, .seconds(120)) == .tolerated(.zero))
        #expect(try await person.reconcile(conversation, .seconds(180)) == .adjusted(.seconds(60)))
      }
    }

    @Test(
      "a report waits while a talk of the conversation goes on, and is due with the settlement",
      arguments: TalkLedgerKind.allCases)
    func waits(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
        let session = try await person.opened()
        let conversation = "conv_\(session)"
        #expect(try await person.reconcile(conversation, .seconds(30)) == .waiting)
        let told = try await person.history.record(of: session)
        #expect(told?.conversationDuration == .seconds(30) && told?.adjusted == nil)
        #expect(try await person.store.checks.isTalkedOn(conversation))
        let unsettled = try await person.store.checks.unsettledTalks(of: conversation)
        #expect(unsettled == [UnsettledTalk(session: session, user: person.user, metered: .zero)])
        #expect(try await person.store.checks.unsettledTalks(of: "conv_other").isEmpty)
        #expect(try await person.store.checks.claimDue(limit: 10).isEmpty)
        #expect(try await person.store.conversations.openConversations(of: person.user).isEmpty)
        try await person.settle(session, .seconds(60))
        #expect(try await !person.store.checks.isTalkedOn(conversation))
        #expect(try await person.store.checks.unsettledTalks(of: conversation).isEmpty)
        let due = try await person.store.checks.claimDue(limit: 10)
        #expect(due.map(\.duration) == [.seconds(30)] && due.map(\.wasOpened) == [true])
        #expect(try await person.store.conversations.reconcile(conversation, reported: nil) == .adjusted(.seconds(-30)))
        #expect(try await person.history.record(of: session)?.adjusted == .seconds(-30))
        #expect(try await person.history.record(of: session)?.finalCharge == .seconds(30))
        #expect(try await person.history.record(of: session)?.conversationDuration == .seconds(30))
      }
    }

    @Test(
      "small differences of a day are adjusted when they exceed a minute together", arguments: TalkLedgerKind.allCases)
    func day(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
        let other = try await TalkLedgerPerson.with(.minutes(10), in: store)
        // A talk of the day before, which does not count for this day.
        let early = try await person.talked(.zero)
        #expect(try await person.reconcile(early, .seconds(5)) == .tolerated(.seconds(5)))
        try await store.advance(.minutes(24 * 60))
        for _ in 0..<12 {
          #expect(try await person.reconcile(try await person.talked(.zero), .seconds(5)) == .tolerated(.seconds(5)))
          #expect(try await other.reconcile(try await other.talked(.zero), .seconds(4)) == .tolerated(.seconds(4)))
        }
        #expect(try await person.wallet().available == .minutes(10))
        let last = try await person.talked(.zero)
        #expect(try await person.reconcile(last, .seconds(2)) == .adjusted(.seconds(2)))
        #expect(try await person.wallet().available == .minutes(10) - .seconds(62))
        // The day's sum starts again.
        #expect(try await person.reconcile(try await person.talked(.zero), .seconds(5)) == .tolerated(.seconds(5)))
        #expect(try await other.wallet().available == .minutes(10))
      }
    }

    @Test(
      "an unknown conversation, and one without a report, lead to no adjustment", arguments: TalkLedgerKind.allCases)
    func unknown(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
        #expect(try await person.reconcile("conv_unknown", .seconds(30)) == nil)
        let conversation = try await person.talked(.seconds(60))
        #expect(try await person.store.conversations.reconcile(conversation, reported: nil) == nil)
      }
    }
  }

  @Suite("conversations that are due for a check")
  struct Due {
    @Test(
      "a conversation that was taken is due again in half a minute, or at the time that the check set",
      arguments: TalkLedgerKind.allCases)
    func lease(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
        _ = try await person.talked(.seconds(60))
        let first = try #require(try await person.store.checks.claimDue(limit: 10).first)
        #expect(first.looks == 1 && !first.wasOpened && !first.isTalkedOn && first.duration == nil)
        #expect(try await person.store.checks.claimDue(limit: 10).isEmpty)
        try await store.advance(.seconds(31))
        let second = try #require(try await person.store.checks.claimDue(limit: 10).first)
        #expect(second.id == first.id && second.looks == 2)
        try await person.store.checks.reschedule(at: second, in: .seconds(8), opened: true)
        try await store.advance(.seconds(7))
        #expect(try await person.store.checks.claimDue(limit: 10).isEmpty)
        try await store.advance(.seconds(2))
        let third = try #require(try await person.store.checks.claimDue(limit: 10).first)
        #expect(third.wasOpened && third.age >= .seconds(40) && third.age < .seconds(60))
        try await person.store.checks.reschedule(at: third, in: nil, opened: false)
        try await store.advance(.minutes(60))
        #expect(try await person.store.checks.claimDue(limit: 10).isEmpty)
      }
    }

    @Test(
      "a settlement during a check counts for more than the time that the check set", arguments: TalkLedgerKind.allCases
    )
    func settledMeanwhile(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
        let conversation = "conv_\(person.user)"
        for _ in 0..<2 {
          let session = try person.newSession()
          _ = try await person.talkLedger.open(person.opening(session, conversation: conversation))
          try await person.settle(session, .zero)
        }
        let taken = try #require(try await person.store.checks.claimDue(limit: 10).first)
        let third = try person.newSession()
        _ = try await person.talkLedger.open(person.opening(third, conversation: conversation))
        try await person.store.checks.reschedule(at: taken, in: .zero, opened: false)
        #expect(try await person.store.checks.claimDue(limit: 10).isEmpty)
        try await person.settle(third, .zero)
        try await person.store.checks.reschedule(at: taken, in: .seconds(300), opened: false)
        #expect(try await person.store.checks.claimDue(limit: 10).map(\.id) == [conversation])
      }
    }

    @Test("two simultaneous workers share the conversations that are due", arguments: TalkLedgerKind.allCases)
    func shared(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(60), in: store)
        for _ in 0..<10 { _ = try await person.talked(.seconds(1)) }
        let checks = store.checks
        let taken = try await withThrowingTaskGroup(of: [String].self) { group in
          for _ in 0..<5 { group.addTask { try await checks.claimDue(limit: 3).map(\.id) } }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        let rest = try await checks.claimDue(limit: 20).map(\.id)
        #expect((taken + rest).count == 10 && Set(taken + rest).count == 10)
      }
    }

    @Test("a closed conversation is not checked any more", arguments: TalkLedgerKind.allCases)
    func closed(kind: TalkLedgerKind) async throws {
      try await kind.with { store in
        let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
        let conversation = try await person.talked(.zero)
        try await person.store.conversations.close(conversation)
        #expect(try await person.store.checks.claimDue(limit: 10).isEmpty)
        // A later report still counts.
        #expect(try await person.reconcile(conversation, .seconds(30)) == .adjusted(.seconds(30)))
      }
    }
  }
}
