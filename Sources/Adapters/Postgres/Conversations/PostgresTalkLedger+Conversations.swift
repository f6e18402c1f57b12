import Application
import Domain
import PostgresDriver

extension PostgresTalkLedger {
  public func openConversations(of user: UserID) async throws(TalkLedgerError) -> [OpenConversation] {
    try await reporting {
      try await database.query(
        """
        SELECT id, agent_id, connection, signed_url, opened_at IS NOT NULL AS was_opened,
          (extract(epoch FROM clock_timestamp() - invited_at) * 1000)::bigint AS age_ms
        FROM conversations WHERE user_id = \(user.uuid) AND closed_at IS NULL ORDER BY invited_at
        """
      ).rows.map { row in
        OpenConversation(
          id: try row.get("id"), agent: try row.get("agent_id"),
          key: VoiceInvitation.Key(
            VoiceConnection(rawValue: try row.get("connection")) ?? .websocket, try row.get("signed_url")),
          age: .milliseconds(try row.get("age_ms", as: Int64.self)), wasOpened: try row.get("was_opened"))
      }
    }
  }

  /// The URL is of no use to anybody any more, so it is not kept.
  public func close(_ conversation: String) async throws(TalkLedgerError) {
    _ = try await reporting {
      try await database.query(
        """
        UPDATE conversations SET closed_at = coalesce(closed_at, clock_timestamp()), signed_url = '', check_at = NULL
        WHERE id = \(conversation) AND duration_ms IS NULL
        """)
    }
  }

  /// A URL that is given again is as old as it was, and nobody looks at it while its new talk goes on.
  func note(_ opening: TalkOpening, _ transaction: PostgresTransaction) async throws {
    let invitation = opening.invitation
    try await transaction.query(
      """
      INSERT INTO conversations (id, user_id, agent_id, connection, signed_url)
      VALUES (\(invitation.conversation), \(opening.user.uuid), \(opening.agent),
        \(invitation.key.connection.rawValue), \(invitation.key.text))
      ON CONFLICT (id) DO UPDATE SET check_at = NULL WHERE conversations.closed_at IS NULL
      """)
  }
}

extension PostgresTalkLedger: DurationCheckQueue {
  /// Announced by the pool when a settlement in this process has made one due.
  public static let dueConversations = "due_conversations"

  public func claimDue(limit: Int) async throws(TalkLedgerError) -> [DueConversation] {
    try await reporting {
      try await database.query(
        """
        WITH due AS (
          SELECT id FROM conversations WHERE check_at <= statement_timestamp()
          ORDER BY check_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
        UPDATE conversations c SET checks = checks + 1,
          check_at = clock_timestamp() + \(DurationCheckSchedule.claim.wholeMilliseconds) * interval '1 millisecond'
        FROM due WHERE c.id = due.id
        RETURNING c.id, c.checks, c.duration_ms, c.opened_at IS NOT NULL AS was_opened,
          (extract(epoch FROM clock_timestamp() - c.invited_at) * 1000)::bigint AS age_ms,
          EXISTS (SELECT FROM talk_sessions t WHERE t.conversation_id = c.id AND t.settled_at IS NULL) AS is_talked_on
        """
      ).rows.map { row in
        DueConversation(
          id: try row.get("id"), age: .milliseconds(try row.get("age_ms", as: Int64.self)),
          looks: try row.get("checks"), wasOpened: try row.get("was_opened"),
          isTalkedOn: try row.get("is_talked_on"),
          duration: try row.get("duration_ms", as: Int64?.self).map { .milliseconds($0) })
      }
    }
  }

  /// A settlement begins to count the looks anew, so the number tells whether there was one.
  public func reschedule(
    at due: DueConversation, in pause: Duration?, opened: Bool
  ) async throws(TalkLedgerError) {
    _ = try await reporting {
      try await database.query(
        """
        UPDATE conversations SET
          check_at = clock_timestamp() + \(pause?.wholeMilliseconds)::bigint * interval '1 millisecond',
          opened_at = CASE WHEN \(opened) THEN coalesce(opened_at, clock_timestamp()) ELSE opened_at END
        WHERE id = \(due.id) AND checks = \(due.looks) AND check_at IS NOT NULL
        """)
    }
  }

  public func isTalkedOn(_ conversation: String) async throws(TalkLedgerError) -> Bool {
    try await reporting {
      try await database.query(
        "SELECT 1 AS one FROM talk_sessions WHERE conversation_id = \(conversation) AND settled_at IS NULL LIMIT 1"
      ).rows.first != nil
    }
  }

  public func unsettledTalks(of conversation: String) async throws(TalkLedgerError) -> [OverdueTalk] {
    try await reporting {
      try await database.query(
        """
        SELECT id, user_id, metered_ms FROM talk_sessions
        WHERE conversation_id = \(conversation) AND settled_at IS NULL
        """
      ).rows.map { try OverdueTalk($0) }
    }
  }
}
