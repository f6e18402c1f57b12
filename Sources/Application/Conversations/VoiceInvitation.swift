/// How the browser reaches the agent.
public enum VoiceTransport: String, Sendable, Codable, CaseIterable { case websocket, webrtc }

/// The credential that opens one conversation with the agent within 15 minutes.
public struct VoiceInvitation: Sendable, Equatable {
  public enum Key: Sendable, Equatable {
    /// The URL works once.
    case signedURL(String)
    case conversationToken(String)

    public var connection: VoiceTransport {
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

    public init(_ connection: VoiceTransport, _ text: String) {
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
