import Application
import Domain
import FoundationEssentials
import PostgresDriver

extension PostgresTalkLedger {
  public func settle(_ settlement: TalkClosing) async throws(TalkLedgerError) -> SettledTalk {
    let settled: SettledTalk = try await reporting {
      try await database.transaction { transaction in
        var locked = try await ledger.lock(settlement.user, in: transaction)
        let row = try await row(of: settlement, transaction)
        if let settled = try Self.settled(row) { return settled }
        let session = settlement.session
        try await ledger.settle(
          charge: settlement.charge, purpose: Self.purpose(session), reference: "\(Self.purpose(session)):settlement",
          cause: .event("session.ended", session.text), in: &locked, transaction)
        try await note(settlement, balance: locked.wallet.balance, transaction)
        try await tell(settlement, row, transaction)
        return SettledTalk(
          charged: settlement.charge, balance: locked.wallet.balance, reason: settlement.reason, wasSettled: false)
      }
    }
    if !settled.wasSettled { charged.increment(by: Double(settled.charged.milliseconds) / 1_000) }
    return settled
  }

  /// Reads the talk's row. A talk whose first hold never arrived gets a settled row now, so that a late hold is
  /// refused.
  private func row(of settlement: TalkClosing, _ transaction: PostgresTransaction) async throws -> PostgresRow {
    try await transaction.query(
      """
      INSERT INTO talk_sessions (id, user_id, agent_id)
      VALUES (\(settlement.session.text), \(settlement.user.uuid), '') ON CONFLICT (id) DO NOTHING
      """)
    let found = try await transaction.query(
      """
      SELECT conversation_id, settled_at, charged_ms, end_reason, balance_ms FROM talk_sessions
      WHERE id = \(settlement.session.text) AND user_id = \(settlement.user.uuid) FOR UPDATE
      """)
    guard let row = found.rows.first else { throw LedgerError.corrupt }
    return row
  }

  private static func settled(_ row: PostgresRow) throws -> SettledTalk? {
    guard try row.get("settled_at", as: Date?.self) != nil else { return nil }
    return SettledTalk(
      charged: .milliseconds(try row.get("charged_ms")), balance: .milliseconds(try row.get("balance_ms")),
      reason: EndReason(rawValue: try row.get("end_reason")) ?? .lost, wasSettled: true)
  }

  /// Stores the settlement in the talk's row, and makes the duration check of the talk's conversation due.
  private func note(_ settlement: TalkClosing, balance: TalkTime, _ transaction: PostgresTransaction) async throws {
    let trace = settlement.trace
    try await transaction.query(
      """
      WITH due AS (
        UPDATE conversations SET check_at = clock_timestamp(), checks = 0
        WHERE id = (SELECT conversation_id FROM talk_sessions WHERE id = \(settlement.session.text)))
      UPDATE talk_sessions SET settled_at = clock_timestamp(), charged_ms = \(settlement.charge.milliseconds),
        metered_ms = \(settlement.charge.milliseconds), end_reason = \(settlement.reason.rawValue),
        forgiven_ms = \(settlement.forgiven.milliseconds), beats = \(settlement.beats),
        balance_ms = \(balance.milliseconds), first_beat_at = \(trace?.firstBeat.map(Self.moment)),
        last_beat_at = \(trace?.lastBeat.map(Self.moment)),
        charged_to_last_beat_ms = \(trace?.chargedToLastBeat.milliseconds), wallet_version = \(trace?.walletVersion),
        gaps = \(try trace.map { PostgresJSON(try Self.text($0.gaps.first)) }), gap_count = \(trace?.gaps.count),
        gap_total_ms = \(trace?.gaps.total.milliseconds)
      WHERE id = \(settlement.session.text)
      """)
    transaction.announce(PostgresDurationCheckQueue.dueConversations)
  }

  private static func moment(_ milliseconds: Int64) -> Date {
    Date(unixMilliseconds: milliseconds)
  }

  private static func text(_ gaps: [TalkGap]) throws -> String {
    String(decoding: try JSONEncoder().encode(gaps), as: UTF8.self)
  }

  private func tell(
    _ settlement: TalkClosing, _ row: PostgresRow, _ transaction: PostgresTransaction
  ) async throws {
    try await outbox.append(
      TalkSettled(
        userID: settlement.user, sessionID: settlement.session, conversationID: try row.get("conversation_id"),
        charged: settlement.charge, endReason: settlement.reason.rawValue),
      in: transaction)
  }
}
