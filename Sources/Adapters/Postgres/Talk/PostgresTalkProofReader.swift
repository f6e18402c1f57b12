import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Reads the proofs of talks: a talk's row with its ledger entries. Each read is one transaction.
public struct PostgresTalkProofReader: TalkProofReader {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func proof(of session: SessionID) async throws(TalkLedgerError) -> TalkProof? {
    try await TalkLedgerError.reporting {
      try await database.transaction(isolation: .repeatableRead) { transaction in
        let found = try await transaction.query(
          """
          SELECT \(TalkRecord.columns), t.agent_id, t.forgiven_ms, t.beats, t.first_beat_at, t.last_beat_at,
            t.charged_to_last_beat_ms, t.wallet_version, t.gaps, t.gap_count, t.gap_total_ms, c.adjustments
          FROM talk_sessions t LEFT JOIN conversations c ON c.id = t.conversation_id WHERE t.id = \(session.text)
          """)
        guard let row = found.rows.first else { return nil }
        let record = try TalkRecord(row)
        let stay = try await stay(record, transaction)
        return TalkProof(
          record: record, agent: try row.get("agent_id"), forgiven: .milliseconds(try row.get("forgiven_ms")),
          beats: try row.get("beats"), trace: try Self.trace(row),
          entries: try await own(record, stay, adjustments: row.get("adjustments", as: Int?.self) ?? 0, transaction),
          walletChanges: try await others(record, stay, transaction).map(TalkProof.WalletChange.init))
      }
    }
  }

  /// The range of a talk in the ledger: from its first hold to its settlement, in the entries of one wallet. The
  /// entries of an account that was merged into another stay with the merged account.
  private struct Stay {
    let user: UUID
    let first, last: Int64
  }

  /// Nil if nothing was ever held.
  private func stay(_ record: TalkRecord, _ transaction: PostgresTransaction) async throws -> Stay? {
    let purpose = PostgresTalkLedger.purpose(record.session)
    let ends = try await transaction.query(
      "SELECT id, user_id FROM ledger WHERE reference IN (\(purpose + ":slice:1"), \(purpose + ":settlement")) ORDER BY id"
    ).rows
    guard let first = ends.first, let last = ends.last else { return nil }
    return Stay(
      user: try first.get("user_id"), first: try first.get("id"),
      last: record.settledAt == nil ? .max : try last.get("id"))
  }

  /// The entries about the talk, and the adjustments of its conversation, which come later.
  private func own(
    _ record: TalkRecord, _ stay: Stay?, adjustments: Int, _ transaction: PostgresTransaction
  ) async throws -> [TalkProof.Entry] {
    let conversation = record.conversation.map { "conversation:\($0):" } ?? ""
    return try await transaction.query(
      """
      SELECT \(Self.entryColumns) FROM ledger
      WHERE user_id = \(stay?.user)::uuid AND id BETWEEN \(stay?.first)::bigint AND \(stay?.last)::bigint
        AND starts_with(reference, \("\(PostgresTalkLedger.purpose(record.session)):"))
      UNION ALL
      SELECT \(Self.entryColumns) FROM ledger
      WHERE reference = ANY(ARRAY(SELECT \(conversation)::text || number::text FROM generate_series(1, \(adjustments)::int) number))
      ORDER BY id
      """
    ).rows.map(Self.entry)
  }

  /// The first thousand other entries of the wallet during the talk.
  private func others(
    _ record: TalkRecord, _ stay: Stay?, _ transaction: PostgresTransaction
  ) async throws -> [TalkProof.Entry] {
    guard let stay else { return [] }
    let conversation = record.conversation.map { "conversation:\($0):" }
    return try await transaction.query(
      """
      SELECT \(Self.entryColumns) FROM ledger
      WHERE user_id = \(stay.user) AND id BETWEEN \(stay.first) AND \(stay.last)
        AND NOT starts_with(reference, \("\(PostgresTalkLedger.purpose(record.session)):"))
        AND starts_with(reference, \(conversation)::text) IS NOT TRUE
      ORDER BY id LIMIT 1000
      """
    ).rows.map(Self.entry)
  }

  private static let entryColumns: PostgresColumnList = """
    id, kind, reference, available_delta_ms, held_delta_ms, owed_delta_ms, version, created_at
    """

  private static func entry(_ row: PostgresRow) throws -> TalkProof.Entry {
    TalkProof.Entry(
      kind: try row.get("kind"), reference: try row.get("reference"),
      change: Wallet.Change(
        available: .milliseconds(try row.get("available_delta_ms")), held: .milliseconds(try row.get("held_delta_ms")),
        owed: .milliseconds(try row.get("owed_delta_ms"))),
      walletVersion: try row.get("version"), at: try row.get("created_at"))
  }

  private static func trace(_ row: PostgresRow) throws -> TalkBeatSummary? {
    guard let version = try row.get("wallet_version", as: Int64?.self),
      let charged = try row.get("charged_to_last_beat_ms", as: Int64?.self),
      let gaps = try row.get("gaps", as: PostgresJSON?.self), let count = try row.get("gap_count", as: Int64?.self),
      let total = try row.get("gap_total_ms", as: Int64?.self)
    else { return nil }
    return TalkBeatSummary(
      firstBeat: try row.get("first_beat_at", as: Date?.self).map(milliseconds),
      lastBeat: try row.get("last_beat_at", as: Date?.self).map(milliseconds),
      chargedToLastBeat: .milliseconds(charged), walletVersion: version,
      gaps: TalkGaps(
        first: try JSONDecoder().decode([TalkGap].self, from: Data(gaps.text.utf8)), count: count,
        total: .milliseconds(total)))
  }

  private static func milliseconds(_ date: Date) -> Int64 { date.unixMilliseconds }
}
