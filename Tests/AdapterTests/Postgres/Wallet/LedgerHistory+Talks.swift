import Application
import Domain
import PostgresAdapter
import PostgresDriver
import Testing

/// The operations of talks: opened, granted slices, settled or lost.
extension LedgerHistory {
  func open(_ user: UserID) async throws {
    let bytes = (0..<16).map { _ in UInt8(pick(0..<256)) }
    let session = try #require(SessionID(shard: Shard(of: user), random: bytes))
    do {
      _ = try await talkLedger.open(
        NewTalk(
          session: session, user: user, agent: "agent",
          invitation: VoiceInvitation(signedURL: "wss://agent.test", conversation: "conv_\(session)")))
      state.withLock { $0.talks.append(Talk(session: session, user: user)) }
    } catch TalkLedgerError.insufficientTalkTime, TalkLedgerError.balanceOwed, TalkLedgerError.frozen {}
  }

  func slice() async throws {
    let found = state.withLock { state -> Talk? in
      guard let index = state.talks.indices.randomElement(using: &state.random) else { return nil }
      state.talks[index].slices += 1
      return state.talks[index]
    }
    guard let talk = found else { return }
    do {
      let grant = try await talkLedger.hold(
        slice: talk.slices, for: talk.session, user: talk.user, metered: .seconds(talk.slices))
      guard grant.slice == talk.slices else { return }
      remember { [talkLedger] in
        do {
          let second = try await talkLedger.hold(
            slice: talk.slices, for: talk.session, user: talk.user, metered: .seconds(1))
          return second.cumulative >= grant.cumulative
        } catch TalkLedgerError.settledAlready, TalkLedgerError.frozen {
          return true
        }
      }
    } catch TalkLedgerError.settledAlready, TalkLedgerError.frozen {}
  }

  /// The user ends the talk: a charge within the holds or, rarely, above them.
  func settle() async throws {
    guard let talk = any({ $0.talks }) else { return }
    let charge = TalkTime.milliseconds(Int64(pick(0..<(70_000 * Int(talk.slices)))))
    try await settle(
      TalkClosing(session: talk.session, user: talk.user, charge: charge, reason: .user, forgiven: .zero, beats: 1))
  }

  private func settle(_ settlement: TalkClosing) async throws {
    let first = try await talkLedger.settle(settlement)
    state.withLock { state in state.talks.removeAll { $0.session == settlement.session } }
    guard !first.wasSettled else { return }
    remember { [talkLedger] in
      let second = try await talkLedger.settle(settlement)
      return second.wasSettled && second.charged == first.charged && second.balance == first.balance
    }
  }

  /// The holds of a talk have expired: the talk goes on, or it is lost and charged at its last known figure.
  func expire() async throws {
    guard let talk = any({ $0.talks }) else { return }
    try await pool.transaction { [ledger] transaction in
      _ = try await ledger.lock(talk.user, in: transaction)
      try await transaction.query(
        """
        UPDATE holds SET expires_at = clock_timestamp() - interval '1 second'
        WHERE purpose = \("session:\(talk.session.text)") AND closed_at IS NULL
        """)
    }
    for overdue in try await PostgresTalkHistory(database: pool).overdue(limit: 3) {
      if pick(0..<2) == 0 {
        try await talkLedger.extend(overdue.session)
      } else {
        try await settle(
          TalkClosing(
            session: overdue.session, user: overdue.user, charge: overdue.metered, reason: .lost, forgiven: .zero,
            beats: 1))
      }
    }
  }
}
