import Application
import Domain
import PostgresDriver

extension PostgresTalkLedger: TalkNameReader, TalkActionLog, AccountDirectory {
  public func names(of sessions: [SessionID]) async throws(TalkLedgerError) -> [SessionID: TalkNames] {
    try await reporting {
      var names: [SessionID: TalkNames] = [:]
      let found = try await database.query(
        "SELECT id, agent_id, conversation_id FROM talk_sessions WHERE id = ANY(\(sessions.map(\.text)))")
      for row in found.rows {
        guard let session = SessionID(try row.get("id", as: String.self)) else { throw LedgerError.corrupt }
        names[session] = TalkNames(agent: try row.get("agent_id"), conversation: try row.get("conversation_id"))
      }
      return names
    }
  }

  public func isDisabled(_ user: UserID) async throws(TalkLedgerError) -> Bool {
    try await reporting { try await isDisabled(user, database) }
  }

  func isDisabled(_ user: UserID, _ session: some PostgresSession) async throws -> Bool {
    let found = try await session.query(
      "SELECT 1 AS disabled FROM users WHERE id = \(user.uuid) AND disabled_at IS NOT NULL")
    return !found.rows.isEmpty
  }

  public func note(_ action: TalkAction) async throws(TalkLedgerError) {
    try await reporting {
      try await database.transaction { transaction in
        try await OperatorAction(
          actor: action.actor, action: "session.\(action.kind.rawValue)", subject: action.subject,
          reason: action.reason.text
        ).note(in: transaction)
      }
    }
  }
}
