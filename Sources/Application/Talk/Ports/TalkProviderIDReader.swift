import Domain

/// A talk's agent and conversation, from its row in Postgres.
public struct TalkProviderIDs: Sendable, Equatable {
  public let agent: String
  public let conversation: String?

  public init(agent: String, conversation: String?) {
    self.agent = agent
    self.conversation = conversation
  }
}

public protocol TalkProviderIDReader: Sendable {
  func names(of sessions: [SessionID]) async throws(TalkLedgerError) -> [SessionID: TalkProviderIDs]
}
