import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Talks as their rows contain them. Each call is one statement.
public struct PostgresTalkHistory: TalkHistory {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func record(of session: SessionID) async throws(TalkLedgerError) -> TalkRecord? {
    try await TalkLedgerError.reporting {
      let found = try await database.query(
        """
        SELECT \(TalkRecord.columns)
        FROM talk_sessions t LEFT JOIN conversations c ON c.id = t.conversation_id WHERE t.id = \(session.text)
        """)
      return try found.rows.first.map { try TalkRecord($0) }
    }
  }

  /// Newest first. The cursor is the last item's id, which newer items do not shift.
  public func history(
    of user: UserID, limit: Int, after: String?
  ) async throws(TalkLedgerError) -> (items: [TalkRecord], next: String?) {
    let records: [TalkRecord] = try await TalkLedgerError.reporting {
      try await database.query(
        """
        SELECT \(TalkRecord.columns)
        FROM talk_sessions t LEFT JOIN conversations c ON c.id = t.conversation_id
        WHERE t.user_id = \(user.uuid) AND t.conversation_id IS NOT NULL
          AND (\(after) IS NULL OR (t.created_at, t.id) <
            (SELECT created_at, id FROM talk_sessions WHERE id = \(after) AND user_id = \(user.uuid)))
        ORDER BY t.created_at DESC, t.id DESC LIMIT \(limit + 1)
        """
      ).rows.map { try TalkRecord($0) }
    }
    let page = Array(records.prefix(limit))
    return (page, records.count > limit ? page.last?.session.text : nil)
  }

  public func unsettled(of user: UserID) async throws(TalkLedgerError) -> [UnsettledTalk] {
    try await TalkLedgerError.reporting {
      try await database.query(
        "SELECT id, user_id, metered_ms FROM talk_sessions WHERE user_id = \(user.uuid) AND settled_at IS NULL"
      ).rows.map { try UnsettledTalk($0) }
    }
  }

  public func overdue(limit: Int) async throws(TalkLedgerError) -> [UnsettledTalk] {
    try await TalkLedgerError.reporting {
      try await database.query(
        """
        SELECT DISTINCT t.id, t.user_id, t.metered_ms FROM holds h
        JOIN talk_sessions t ON h.purpose = 'session:' || t.id
        WHERE h.closed_at IS NULL AND h.expires_at < statement_timestamp() AND t.settled_at IS NULL LIMIT \(limit)
        """
      ).rows.map { try UnsettledTalk($0) }
    }
  }
}

extension TalkRecord {
  /// The columns of `talk_sessions` as `t`, joined with its conversation as `c`.
  static let columns: PostgresColumnList = """
    t.id, t.user_id, t.conversation_id, t.metered_ms, t.charged_ms, t.end_reason, t.created_at, t.settled_at,
    c.duration_ms, CASE WHEN c.reconciled_at IS NOT NULL THEN c.adjusted_ms END AS adjusted_ms,
    NOT EXISTS (SELECT FROM talk_sessions l WHERE l.conversation_id = t.conversation_id
      AND (l.created_at, l.id) > (t.created_at, t.id)) AS is_last
    """

  /// - Parameter row: a row with the columns above.
  init(_ row: PostgresRow) throws {
    guard let session = SessionID(try row.get("id", as: String.self)) else { throw LedgerError.corrupt }
    let settled = try row.get("settled_at", as: Date?.self)
    let charged = try row.get("charged_ms", as: Int64?.self)
    let metered = try row.get("metered_ms", as: Int64.self)
    self.init(
      session: session, user: UserID(try row.get("user_id")), conversation: try row.get("conversation_id"),
      isEnded: settled != nil, charged: .milliseconds(charged ?? metered),
      endReason: try row.get("end_reason", as: String?.self).flatMap(EndReason.init(rawValue:)),
      createdAt: try row.get("created_at"), settledAt: settled,
      conversationDuration: try row.get("duration_ms", as: Int64?.self).map { .milliseconds($0) },
      adjusted: try row.get("adjusted_ms", as: Int64?.self).map { .milliseconds($0) },
      isLastOfConversation: try row.get("is_last"))
  }
}

extension UnsettledTalk {
  /// - Parameter row: a row of `talk_sessions`.
  init(_ row: PostgresRow) throws {
    guard let session = SessionID(try row.get("id", as: String.self)) else { throw LedgerError.corrupt }
    self.init(
      session: session, user: UserID(try row.get("user_id")), metered: .milliseconds(try row.get("metered_ms")))
  }
}
