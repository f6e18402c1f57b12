import Application
import Domain
import FoundationEssentials
import PostgresDriver

extension PostgresTalkBooks: ReadsProofs {
  public func proof(of session: SessionID) async throws(TalkBooksError) -> TalkProof? {
    try await reporting {
      try await database.transaction(isolation: .repeatableRead) { transaction in
        let found = try await transaction.query(
          """
          SELECT t.id, t.user_id, t.agent_id, t.conversation_id, t.created_at, t.metered_ms, t.settled_at, t.charged_ms,
            t.end_reason, t.forgiven_ms, t.beats, t.first_beat_at, t.last_beat_at, t.charged_to_last_beat_ms,
            t.wallet_version, t.gaps, t.gap_count, t.gap_total_ms, c.duration_ms,
            CASE WHEN c.reconciled_at IS NOT NULL THEN c.adjusted_ms END AS adjusted_ms
          FROM talk_sessions t LEFT JOIN conversations c ON c.id = t.conversation_id WHERE t.id = \(session.text)
          """)
        guard let row = found.rows.first else { return nil }
        let record = try Self.record(row)
        let (own, others) = try await entries(record, transaction)
        return TalkProof(
          record: record, agent: try row.get("agent_id"), forgiven: .milliseconds(try row.get("forgiven_ms")),
          beats: try row.get("beats"), trace: try Self.trace(row),
          entries: own, walletChanges: others.map(TalkProof.WalletChange.init))
      }
    }
  }

  /// The entries about the talk and its conversation, and the wallet's other ones while it went on. Of an account that was
  /// merged into another the entries stay its own, as its holds do.
  private func entries(
    _ record: TalkRecord, _ transaction: PostgresTransaction
  ) async throws -> (own: [TalkProof.Entry], others: [TalkProof.Entry]) {
    let conversation = record.conversation.map { "conversation:\($0):" }
    let rows = try await transaction.query(
      """
      SELECT kind, reference, available_delta_ms, held_delta_ms, owed_delta_ms, version, created_at,
        starts_with(reference, \("\(Self.purpose(record.session)):"))
          OR coalesce(position(\(conversation) IN reference) > 0, false) AS own
      FROM ledger
      WHERE user_id IN (
          SELECT \(record.user.uuid)::uuid UNION
          SELECT user_id FROM holds WHERE purpose = \(Self.purpose(record.session)))
        AND created_at >= (SELECT created_at FROM talk_sessions WHERE id = \(record.session.text))
      ORDER BY id
      """
    ).rows
    var (own, others): ([TalkProof.Entry], [TalkProof.Entry]) = ([], [])
    for row in rows {
      let entry = try Self.entry(row)
      if try row.get("own", as: Bool.self) {
        own.append(entry)
      } else if entry.at <= record.settledAt ?? .distantFuture {
        others.append(entry)
      }
    }
    return (own, others)
  }

  private static func entry(_ row: PostgresRow) throws -> TalkProof.Entry {
    TalkProof.Entry(
      kind: try row.get("kind"), reference: try row.get("reference"),
      change: Wallet.Change(
        available: .milliseconds(try row.get("available_delta_ms")), held: .milliseconds(try row.get("held_delta_ms")),
        owed: .milliseconds(try row.get("owed_delta_ms"))),
      walletVersion: try row.get("version"), at: try row.get("created_at"))
  }

  private static func trace(_ row: PostgresRow) throws -> TalkTrace? {
    guard let version = try row.get("wallet_version", as: Int64?.self),
      let charged = try row.get("charged_to_last_beat_ms", as: Int64?.self),
      let gaps = try row.get("gaps", as: PostgresJSON?.self), let count = try row.get("gap_count", as: Int64?.self),
      let total = try row.get("gap_total_ms", as: Int64?.self)
    else { return nil }
    return TalkTrace(
      firstBeat: try row.get("first_beat_at", as: Date?.self).map(milliseconds),
      lastBeat: try row.get("last_beat_at", as: Date?.self).map(milliseconds),
      chargedToLastBeat: .milliseconds(charged), walletVersion: version,
      gaps: TalkGaps(
        first: try JSONDecoder().decode([TalkGap].self, from: Data(gaps.text.utf8)), count: count,
        total: .milliseconds(total)))
  }

  private static func milliseconds(_ date: Date) -> Int64 { Int64((date.timeIntervalSince1970 * 1_000).rounded()) }
}
