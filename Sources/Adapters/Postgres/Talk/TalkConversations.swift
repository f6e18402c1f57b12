import Application
import Domain
import PostgresDriver

extension PostgresTalkBooks: KeepsConversations {
  /// A minute less than the provider's 15, so that nobody is given a URL that fails under their hands.
  private static let urlLife: Int64 = 14 * 60_000

  public func openConversations(of user: UserID) async throws(TalkBooksError) -> [OpenConversation] {
    try await reporting {
      try await database.query(
        """
        SELECT id, agent_id, signed_url,
          invited_at > clock_timestamp() - \(Self.urlLife) * interval '1 millisecond' AS url_works
        FROM conversations WHERE user_id = \(user.uuid) AND closed_at IS NULL ORDER BY invited_at
        """
      ).rows.map { row in
        OpenConversation(
          id: try row.get("id"), agent: try row.get("agent_id"), signedURL: try row.get("signed_url"),
          urlWorks: try row.get("url_works"))
      }
    }
  }

  /// The URL is of no use to anybody any more, so it is not kept.
  public func close(_ conversation: String, duration: TalkTime?) async throws(TalkBooksError) {
    _ = try await reporting {
      try await database.query(
        """
        UPDATE conversations SET closed_at = clock_timestamp(), signed_url = '',
          duration_ms = \(duration?.milliseconds)
        WHERE id = \(conversation) AND closed_at IS NULL
        """)
    }
  }

  func note(_ opening: TalkOpening, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      INSERT INTO conversations (id, user_id, agent_id, signed_url)
      VALUES (\(opening.invitation.conversation), \(opening.user.uuid), \(opening.agent),
        \(opening.invitation.signedURL))
      ON CONFLICT (id) DO NOTHING
      """)
  }
}
