import Domain

public enum ConversationState: String, Sendable, CaseIterable {
  case initiated
  case inProgress = "in-progress"
  case processing, done, failed
  /// Whether the duration and the transcript are final.
  public var isOver: Bool { self == .done || self == .failed }
  /// Whether no one can talk in the conversation any more.
  public var isHungUp: Bool { isOver || self == .processing }
}

public struct Conversation: Sendable, Equatable {
  public let id: String
  public let state: ConversationState
  /// Nil if the provider does not report a duration. That differs from a duration of zero.
  public let duration: TalkTime?
  /// Whether the provider reports a duration that no call can have. It counts as not reported.
  public let hasImpossibleDuration: Bool
  public let transcript: Transcript

  public init(
    id: String, state: ConversationState, duration: TalkTime?, hasImpossibleDuration: Bool = false,
    transcript: Transcript
  ) {
    self.id = id
    self.state = state
    self.duration = duration
    self.hasImpossibleDuration = hasImpossibleDuration
    self.transcript = transcript
  }
}

public protocol ConversationReader: Sendable {
  /// Nil for a conversation that was never opened.
  func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation?
}
