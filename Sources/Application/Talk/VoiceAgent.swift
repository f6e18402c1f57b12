import Domain

/// A URL that opens one conversation with the agent, once, within 15 minutes.
public struct VoiceInvitation: Sendable, Equatable {
  public let signedURL: String
  public let conversation: String

  public init(signedURL: String, conversation: String) {
    self.signedURL = signedURL
    self.conversation = conversation
  }
}

public enum VoiceAgentError: Error, Sendable, Equatable {
  case unavailable
  case refused
}

public protocol InvitesToTalk: Sendable {
  func invite(agent: String) async throws(VoiceAgentError) -> VoiceInvitation
}

public enum ConversationState: String, Sendable {
  case initiated
  case inProgress = "in-progress"
  case processing, done, failed
  public var isOver: Bool { self == .done || self == .failed }
}

public struct Conversation: Sendable, Equatable {
  public let id: String
  public let state: ConversationState
  public let duration: TalkTime
  public let transcript: Transcript

  public init(id: String, state: ConversationState, duration: TalkTime, transcript: Transcript) {
    self.id = id
    self.state = state
    self.duration = duration
    self.transcript = transcript
  }
}

public protocol ReadsConversations: Sendable {
  /// Nil for one that was never opened.
  func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation?
}
