import Application
import Domain
import PostgresDriver

/// The agents and conversations of talks.
public struct PostgresTalkNameReader: TalkNameReader {
  private let database: any PostgresSession

  public init(database: any PostgresSession) { self.database = database }

  public func names(of sessions: [SessionID]) async throws(TalkLedgerError) -> [SessionID: TalkNames] {
    try await TalkLedgerError.reporting {
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
}
