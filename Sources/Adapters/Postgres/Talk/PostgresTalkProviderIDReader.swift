import Application
import Domain
import PostgresDriver

/// The agents and conversations of talks.
public struct PostgresTalkProviderIDReader: TalkProviderIDReader {
  private let database: any PostgresStatementRunner

  public init(database: any PostgresStatementRunner) { self.database = database }

  public func names(of sessions: [SessionID]) async throws(TalkLedgerError) -> [SessionID: TalkProviderIDs] {
    try await TalkLedgerError.reporting {
      var names: [SessionID: TalkProviderIDs] = [:]
      let found = try await database.query(
        "SELECT id, agent_id, conversation_id FROM talk_sessions WHERE id = ANY(\(sessions.map(\.text)))")
      for row in found.rows {
        guard let session = SessionID(try row.get("id", as: String.self)) else { throw LedgerError.corrupt }
        names[session] = TalkProviderIDs(agent: try row.get("agent_id"), conversation: try row.get("conversation_id"))
      }
      return names
    }
  }
}
