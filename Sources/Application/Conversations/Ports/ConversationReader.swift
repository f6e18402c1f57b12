import Domain

public enum ConversationState: String, Sendable {
  case initiated
  case inProgress = "in-progress"
  case processing, done, failed
  /// Its duration and its transcript stand.
  public var isOver: Bool { self == .done || self == .failed }
  /// Nobody can be talked with in it any more.
  public var isHungUp: Bool { isOver || self == .processing }
}

public struct Conversation: Sendable, Equatable {
  public let id: String
  public let state: ConversationState
  /// Nil where the provider does not say, which is another thing than that it was nothing.
  public let duration: TalkTime?
  public let transcript: Transcript

  public init(id: String, state: ConversationState, duration: TalkTime?, transcript: Transcript) {
    self.id = id
    self.state = state
    self.duration = duration
    self.transcript = transcript
  }
}

public protocol ConversationReader: Sendable {
  /// Nil for one that was never opened.
  func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation?
}
