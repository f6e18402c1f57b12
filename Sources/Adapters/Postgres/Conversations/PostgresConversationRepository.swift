import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// The conversations of users, with what the provider reported of their durations.
public struct PostgresConversationRepository: ConversationRepository {
  private let database: PostgresPool
  private let outbox = PostgresOutbox(source: "session")
  private let ledger = WalletLedger(outbox: PostgresOutbox(source: "session"))

  public init(database: PostgresPool) { self.database = database }

  public func openConversations(of user: UserID) async throws(TalkLedgerError) -> [UnendedConversation] {
    try await reporting {
      try await database.query(
        """
        SELECT id, agent_id, connection, signed_url, opened_at IS NOT NULL AS was_opened,
          (extract(epoch FROM clock_timestamp() - invited_at) * 1000)::bigint AS age_ms
        FROM conversations WHERE user_id = \(user.uuid) AND closed_at IS NULL ORDER BY invited_at
        """
      ).rows.map(Self.unended)
    }
  }

  public func interruptedTalk(
    _ session: SessionID, of user: UserID
  ) async throws(TalkLedgerError) -> InterruptedTalk? {
    try await reporting {
      let found = try await database.query(
        """
        SELECT c.id, c.agent_id, c.connection, c.signed_url, c.opened_at IS NOT NULL AS was_opened,
          (extract(epoch FROM clock_timestamp() - c.invited_at) * 1000)::bigint AS age_ms, t.end_reason,
          (extract(epoch FROM clock_timestamp() - t.settled_at) * 1000)::bigint AS ended_ms,
          (SELECT greatest(0, (extract(epoch FROM clock_timestamp() - min(a.created_at)) * 1000)::bigint
              - sum(coalesce(a.charged_ms, 0) + coalesce(a.forgiven_ms, 0))::bigint)
            FROM talk_sessions a WHERE a.conversation_id = c.id AND a.beats > 0) AS unmetered_ms
        FROM talk_sessions t JOIN conversations c ON c.id = t.conversation_id
        WHERE t.id = \(session.text) AND t.user_id = \(user.uuid) AND t.beats > 0 AND c.closed_at IS NULL
          AND NOT EXISTS (SELECT FROM talk_sessions b WHERE b.conversation_id = c.id AND b.created_at > t.created_at
            AND b.beats > 0)
        """)
      guard let row = found.rows.first, let ending = try TalkEnding(row) else { return nil }
      return InterruptedTalk(
        conversation: try Self.unended(row), ending: ending,
        unmetered: .milliseconds(try row.get("unmetered_ms", as: Int64?.self) ?? 0))
    }
  }

  private static func unended(_ row: PostgresRow) throws -> UnendedConversation {
    UnendedConversation(
      id: try row.get("id"), agent: try row.get("agent_id"),
      key: VoiceInvitation.Key(
        VoiceTransport(rawValue: try row.get("connection")) ?? .websocket, try row.get("signed_url")),
      age: .milliseconds(try row.get("age_ms", as: Int64.self)), wasOpened: try row.get("was_opened"))
  }

  /// Closes the conversation and deletes its URL, which has no use any more.
  public func close(_ conversation: String) async throws(TalkLedgerError) {
    _ = try await reporting {
      try await database.query(
        """
        UPDATE conversations SET closed_at = coalesce(closed_at, clock_timestamp()), signed_url = '', check_at = NULL
        WHERE id = \(conversation) AND duration_ms IS NULL
        """)
    }
  }

  public func isOurs(_ conversation: String) async throws(TalkLedgerError) -> Bool {
    try await reporting {
      try await !database.query("SELECT 1 AS one FROM conversations WHERE id = \(conversation)").rows.isEmpty
    }
  }

  public func announceReport(of conversation: String) async throws(TalkLedgerError) {
    try await reporting {
      try await database.transaction { transaction in
        guard let owner = try await owner(of: conversation, transaction) else { return }
        try await outbox.append(ConversationReported(userID: owner, conversationID: conversation), in: transaction)
      }
    }
  }

  /// A URL that is given out again keeps its age. Its conversation is not checked while the new talk goes on. If the
  /// conversation has been closed meanwhile, the check is due at once, and ends the talk.
  static func note(_ opening: NewTalk, _ transaction: PostgresTransaction) async throws {
    let invitation = opening.invitation
    try await transaction.query(
      """
      INSERT INTO conversations (id, user_id, agent_id, connection, signed_url)
      VALUES (\(invitation.conversation), \(opening.user.uuid), \(opening.agent),
        \(invitation.key.connection.rawValue), \(invitation.key.text))
      ON CONFLICT (id) DO UPDATE SET
        check_at = CASE WHEN conversations.closed_at IS NOT NULL THEN clock_timestamp() END
      """)
  }

  /// Works under the wallet's lock. Webhook, duration check and start therefore make one adjustment together, in any
  /// order, and the day's tolerated sum is correct.
  public func reconcile(
    _ conversation: String, reported: ReportedDuration?
  ) async throws(TalkLedgerError) -> ConversationReconciliationResult? {
    try await reporting {
      try await database.transaction { transaction in
        guard let owner = try await owner(of: conversation, transaction) else { return nil }
        var locked = try await ledger.lock(owner, in: transaction)
        let before = try await aggregate(conversation, owner, transaction)
        let beside = try await toleratedBeside(before, owner, transaction)
        let talks = try await talks(of: conversation, transaction)
        var (aggregate, others) = (before, beside)
        let result = aggregate.apply(reported, talks: talks, beside: &others)
        for (new, old) in zip([aggregate] + others, [before] + beside) where new != old {
          try await ledger.apply(
            new.steps, cause: .event("conversation", new.id), to: &locked, in: transaction)
          try await save(new, transaction)
        }
        return result
      }
    }
  }

  private func owner(of conversation: String, _ transaction: PostgresTransaction) async throws -> UserID? {
    try await transaction.query("SELECT user_id FROM conversations WHERE id = \(conversation)").rows.first
      .map { UserID(try $0.get("user_id")) }
  }

  /// - Throws: an error if the conversation has another owner meanwhile: the accounts were merged, and the next try
  ///   finds the right owner.
  private func aggregate(
    _ conversation: String, _ owner: UserID, _ transaction: PostgresTransaction
  ) async throws -> ConversationReconciliation {
    let found = try await transaction.query(
      """
      SELECT id, invited_at, duration_ms, told_at, closed_at IS NOT NULL AS is_closed,
        opened_at IS NOT NULL AS was_opened, adjusted_ms, adjustments, tolerated_ms
      FROM conversations WHERE id = \(conversation) AND user_id = \(owner.uuid) FOR UPDATE
      """)
    guard let row = found.rows.first else { throw TalkLedgerError.unavailable }
    return try Self.aggregate(row)
  }

  /// The tolerated differences of the user's other conversations of the same day.
  private func toleratedBeside(
    _ aggregate: ConversationReconciliation, _ owner: UserID, _ transaction: PostgresTransaction
  ) async throws -> [ConversationReconciliation] {
    let day = DurationReconciliation.day(of: aggregate.invitedAt)
    return try await transaction.query(
      """
      SELECT id, invited_at, duration_ms, told_at, closed_at IS NOT NULL AS is_closed,
        opened_at IS NOT NULL AS was_opened, adjusted_ms, adjustments, tolerated_ms
      FROM conversations WHERE user_id = \(owner.uuid) AND id <> \(aggregate.id) AND tolerated_ms <> 0
        AND invited_at >= \(day.lowerBound) AND invited_at < \(day.upperBound)
      ORDER BY invited_at
      """
    ).rows.map(Self.aggregate)
  }

  private static func aggregate(_ row: PostgresRow) throws -> ConversationReconciliation {
    ConversationReconciliation(
      id: try row.get("id"), invitedAt: try row.get("invited_at"),
      duration: try row.get("duration_ms", as: Int64?.self).map { .milliseconds($0) }, told: try row.get("told_at"),
      isClosed: try row.get("is_closed"), wasOpened: try row.get("was_opened"),
      adjusted: .milliseconds(try row.get("adjusted_ms")), adjustments: try row.get("adjustments"),
      tolerated: .milliseconds(try row.get("tolerated_ms")))
  }

  private func talks(
    of conversation: String, _ transaction: PostgresTransaction
  ) async throws -> ConversationTalkTotals {
    let found = try await transaction.query(
      """
      SELECT count(*) FILTER (WHERE settled_at IS NULL) AS unsettled,
        coalesce(sum(charged_ms), 0)::bigint AS charged_ms, coalesce(sum(forgiven_ms), 0)::bigint AS forgiven_ms,
        count(*) FILTER (WHERE end_reason = \(EndReason.lost.rawValue)) AS lost
      FROM talk_sessions WHERE conversation_id = \(conversation)
      """)
    guard let row = found.rows.first else { throw LedgerError.corrupt }
    return ConversationTalkTotals(
      unsettled: try row.get("unsettled"), charged: .milliseconds(try row.get("charged_ms")),
      forgiven: .milliseconds(try row.get("forgiven_ms")), lost: try row.get("lost"))
  }

  private func save(_ aggregate: ConversationReconciliation, _ transaction: PostgresTransaction) async throws {
    var pause: Duration?
    if case .after(let duration) = aggregate.look { pause = duration }
    try await transaction.query(
      """
      UPDATE conversations SET duration_ms = \(aggregate.duration?.milliseconds), told_at = \(aggregate.told),
        closed_at = CASE WHEN \(aggregate.isClosed) THEN coalesce(closed_at, clock_timestamp()) ELSE closed_at END,
        signed_url = CASE WHEN \(aggregate.isClosed) THEN '' ELSE signed_url END,
        opened_at = CASE WHEN \(aggregate.wasOpened) THEN coalesce(opened_at, clock_timestamp()) ELSE opened_at END,
        check_at = CASE WHEN \(aggregate.look == .asBefore) THEN check_at
          ELSE clock_timestamp() + \(pause?.wholeMilliseconds)::bigint * interval '1 millisecond' END,
        reconciled_at = CASE WHEN \(aggregate.isReconciled) THEN clock_timestamp() ELSE reconciled_at END,
        adjusted_ms = \(aggregate.adjusted.milliseconds), adjustments = \(aggregate.adjustments),
        tolerated_ms = \(aggregate.tolerated.milliseconds)
      WHERE id = \(aggregate.id)
      """)
  }

  private func reporting<T: Sendable>(_ body: () async throws -> T) async throws(TalkLedgerError) -> T {
    try await TalkLedgerError.reporting(body)
  }
}
