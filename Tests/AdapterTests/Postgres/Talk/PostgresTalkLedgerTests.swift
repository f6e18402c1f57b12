import Application
import Domain
import Foundation
import PostgresAdapter
import TestInfrastructure
import Testing

/// The behaviour that only the real ledger has: the events that are written with the rows.
@Suite("The ledger of talks in Postgres")
struct PostgresTalkLedgerTests {
  private func decoded<Event: DomainEvent>(_ rows: [String]) throws -> [Event] {
    try rows.map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
  }

  @Test("every write that moves talk time publishes the wallet's version")
  func walletChanged() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let person = try await TalkLedgerPerson.with(.seconds(100), in: store)
      let session = try await person.opened()
      _ = try await person.hold(1, session)
      _ = try await person.hold(2, session)
      _ = try await person.hold(3, session)
      try await person.settle(session, .seconds(30))
      try await person.settle(session, .seconds(30))
      let events: [WalletChanged] = try decoded(try await store.outbox(WalletChanged.type))
      #expect(events.map(\.version) == [1, 2, 3, 4] && events.allSatisfy { $0.userID == person.user && !$0.frozen })
      #expect(events.map(\.available) == [.seconds(100), .seconds(40), .zero, .seconds(70)])
    }
  }

  @Test("a settlement is published once, with the conversation")
  func settled() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
      let session = try await person.opened()
      try await person.settle(session, .seconds(30))
      try await person.settle(session, .seconds(31))
      let unopened = try person.newSession()
      try await person.settle(unopened, .zero, .neverConnected)
      let events: [TalkSettled] = try decoded(try await store.outbox(TalkSettled.type))
      #expect(
        events == [
          TalkSettled(
            userID: person.user, sessionID: session, conversationID: "conv_\(session)", charged: .seconds(30),
            endReason: "user"),
          TalkSettled(
            userID: person.user, sessionID: unopened, conversationID: nil, charged: .zero,
            endReason: "never_connected"),
        ])
      #expect(try await store.outbox(TalkTimeLow.type).isEmpty)
    }
  }

  @Test("low talk time is published by the entry that crosses the mark, once a crossing, and its recovery as well")
  func low() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let person = try await TalkLedgerPerson.with(.seconds(149), in: store)
      try await person.settle(try await person.opened(), .zero, .neverConnected)
      #expect(try await store.outbox(TalkTimeLow.type).isEmpty)
      try await person.settle(try await person.opened(), .seconds(30))
      let events: [TalkTimeLow] = try decoded(try await store.outbox(TalkTimeLow.type))
      let version = try await person.talkLedger.wallet(of: person.user).version
      #expect(events == [TalkTimeLow(userID: person.user, remaining: .seconds(119), version: version)])
      try await person.settle(try await person.opened(), .seconds(19))
      #expect(try await store.outbox(TalkTimeLow.type).count == 1)
      #expect(try await store.outbox(TalkTimeNoLongerLow.type).isEmpty)
      try await store.credit(person.user, .seconds(20))
      let recovered: [TalkTimeNoLongerLow] = try decoded(try await store.outbox(TalkTimeNoLongerLow.type))
      #expect(
        recovered == [
          TalkTimeNoLongerLow(
            userID: person.user, remaining: .seconds(120), entryKind: "grant", lowVersion: version)
        ])
      try await person.settle(try await person.opened(), .seconds(1))
      #expect(try await store.outbox(TalkTimeLow.type).count == 2)
    }
  }

  @Test("a recovery names the last crossing, and none where the balance was low from the beginning")
  func recovered() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let person = try await TalkLedgerPerson.with(.seconds(60), in: store)
      try await store.credit(person.user, .seconds(60))
      var versions: [Int64?] = []
      for _ in 1...2 {
        try await store.debit(person.user, .seconds(1))
        versions.append(try await person.talkLedger.wallet(of: person.user).version)
        try await store.credit(person.user, .seconds(1))
      }
      let recovered: [TalkTimeNoLongerLow] = try decoded(try await store.outbox(TalkTimeNoLongerLow.type))
      #expect(recovered.map(\.lowVersion) == [nil] + versions)
      #expect(recovered.allSatisfy { $0.entryKind == "grant" && $0.remaining == .seconds(120) })
    }
  }

  @Test("a refused step leaves no row and no event")
  func refused() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let person = TalkLedgerPerson(store: store)
      let opening = person.opening(try person.newSession())
      await #expect(throws: TalkLedgerError.insufficientTalkTime) { _ = try await person.talkLedger.open(opening) }
      for table in ["talk_sessions", "holds", "ledger", "outbox", "conversations"] {
        let rows = try await store.pool.query(.init(script: "SELECT count(*)::bigint AS n FROM \(table)")).rows
        #expect(try rows.first?.get("n", as: Int64.self) == 0, "\(table)")
      }
    }
  }

  @Test("a settlement that a database rule refuses is reported as refused, and keeps its holds")
  func refusedSettlement() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
      let session = try await person.opened()
      try await store.pool.query(
        .init(script: "ALTER TABLE talk_sessions ADD CONSTRAINT poison CHECK (charged_ms < 1000) NOT VALID"))
      await #expect(throws: TalkLedgerError.refused) { try await person.settle(session, .seconds(30)) }
      #expect(try await person.wallet().held == .seconds(60))
      #expect(try await person.history.record(of: session)?.isEnded == false)
      try await store.pool.query(.init(script: "ALTER TABLE talk_sessions DROP CONSTRAINT poison"))
      #expect(try await person.settle(session, .seconds(30)).charged == .seconds(30))
    }
  }

  @Test("the proof of an old talk reads only that talk's rows, however many came since")
  func oldProof() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let person = try await TalkLedgerPerson.with(.minutes(10), in: store)
      let session = try await person.opened()
      try await person.settle(session, .seconds(30))
      _ = try await person.reconcile("conv_\(session)", .seconds(40))
      let before = try #require(try await person.proofs.proof(of: session))
      #expect(before.entries.count == 3 && before.entries.last?.reference == "conversation:conv_\(session):1")
      try await store.pool.query(
        """
        INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms,
          available_after_ms, held_after_ms, owed_after_ms, version, cause)
        SELECT user_id, 'grant', 'later:' || n, 0, 0, 0, available_ms, held_ms, owed_ms, version + n, 'test'
        FROM wallets, generate_series(1, 20000) n WHERE user_id = \(person.user.uuid)
        """)
      try await store.pool.query("UPDATE wallets SET version = version + 20000 WHERE user_id = \(person.user.uuid)")
      try await store.pool.query("ANALYZE ledger")
      /// Nil until the server has counted the written rows.
      func looked() async throws -> (scans: Int64, rows: Int64)? {
        try await store.pool.query(
          """
          SELECT seq_scan + coalesce(idx_scan, 0) AS scans, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows
          FROM pg_stat_user_tables WHERE relname = 'ledger' AND n_tup_ins >= 20000
          """
        ).rows.first.map { (try $0.get("scans"), try $0.get("rows")) }
      }
      let counted: (scans: Int64, rows: Int64)? = try await eventually { try await looked() }
      let start = try #require(counted)
      #expect(try await person.proofs.proof(of: session) == before)
      let after: (scans: Int64, rows: Int64)? = try await eventually {
        guard let now = try await looked() else { return nil }
        return now.scans > start.scans ? now : nil
      }
      let end = try #require(after)
      #expect(end.rows - start.rows < 1_000)
    }
  }

  @Test("an operator's action is recorded with the operator and the reason")
  func actions() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let reason = try #require(Reason("abuse"))
      try await store.actions.note(OperatorTalkAction(.endAll, actor: "cli:asha", subject: "someone", reason: reason))
      let row = try #require(
        try await store.pool.query("SELECT actor, action, subject, reason FROM operator_actions").rows.first)
      let words = try ["actor", "action", "subject", "reason"].map { try row.get($0, as: String.self) }
      #expect(words == ["cli:asha", "session.end_all", "someone", "abuse"])
    }
  }

  @Test("the URL of a closed conversation is deleted")
  func urls() async throws {
    try await PostgresTalkLedgerStore.with { store in
      let person = try await TalkLedgerPerson.with(.minutes(5), in: store)
      let session = try await person.opened()
      try await person.settle(session, .seconds(9))
      _ = try await person.reconcile("conv_\(session)", .seconds(9))
      try await store.conversations.close("conv_\(session)")
      let row = try #require(try await store.pool.query("SELECT signed_url, duration_ms FROM conversations").rows.first)
      let (url, duration) = (try row.get("signed_url", as: String.self), try row.get("duration_ms", as: Int64.self))
      #expect(url.isEmpty && duration == 9_000)
    }
  }

  @Test("without Postgres every step fails as unavailable")
  func unavailable() async throws {
    let pool = try TestDatabase.pool("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", 1)
    defer { pool.close() }
    let talkLedger = PostgresTalkLedger(database: pool)
    let user = UserID(UUID())
    await #expect(throws: TalkLedgerError.unavailable) { _ = try await talkLedger.wallet(of: user) }
    await #expect(throws: TalkLedgerError.unavailable) {
      _ = try await PostgresTalkHistory(database: pool).overdue(limit: 1)
    }
  }
}
