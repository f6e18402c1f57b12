import Domain
import FoundationEssentials

/// How the browser reaches the agent.
public enum VoiceConnection: String, Sendable, Codable, CaseIterable { case websocket, webrtc }

/// What opens one conversation with the agent, within 15 minutes.
public struct VoiceInvitation: Sendable, Equatable {
  public enum Key: Sendable, Equatable {
    /// It works once.
    case signedURL(String)
    case conversationToken(String)

    public var connection: VoiceConnection {
      switch self {
      case .signedURL: .websocket
      case .conversationToken: .webrtc
      }
    }

    public var text: String {
      switch self {
      case .signedURL(let text), .conversationToken(let text): text
      }
    }

    public init(_ connection: VoiceConnection, _ text: String) {
      self = connection == .websocket ? .signedURL(text) : .conversationToken(text)
    }
  }

  public let key: Key
  public let conversation: String

  public init(key: Key, conversation: String) {
    self.key = key
    self.conversation = conversation
  }

  public init(signedURL: String, conversation: String) {
    self.init(key: .signedURL(signedURL), conversation: conversation)
  }
}

public enum VoiceAgentError: Error, Sendable, Equatable {
  case unavailable
  /// It answers, and will answer a repeat no better: our key or our agent is not right.
  case refused
}

/// With whom somebody wants to talk, and how.
public struct InvitationRequest: Sendable, Equatable {
  public let agent: String
  public let connection: VoiceConnection

  public init(agent: String, connection: VoiceConnection = .websocket) {
    self.agent = agent
    self.connection = connection
  }
}

public protocol ConversationInviter: Sendable {
  /// The conversation's id is known beforehand, so that what is talked can be reckoned; where the provider does not tell
  /// it there is no invitation.
  func invite(_ wish: InvitationRequest) async throws(VoiceAgentError) -> VoiceInvitation
}

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

/// Ends a conversation from outside, where the provider's plan allows it.
public protocol ConversationTerminator: Sendable {
  /// One that is not going on is left alone.
  func end(_ conversation: String) async throws(VoiceAgentError)
}
