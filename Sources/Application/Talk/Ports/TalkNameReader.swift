import Domain

/// What the books say a talk is with.
public struct TalkNames: Sendable, Equatable {
  public let agent: String
  public let conversation: String?

  public init(agent: String, conversation: String?) {
    self.agent = agent
    self.conversation = conversation
  }
}

public protocol TalkNameReader: Sendable {
  func names(of sessions: [SessionID]) async throws(TalkLedgerError) -> [SessionID: TalkNames]
}
