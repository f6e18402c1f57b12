/// The agent and the connection of a requested conversation.
public struct ConversationRequest: Sendable, Equatable {
  public let agent: String
  public let connection: VoiceTransport

  public init(agent: String, connection: VoiceTransport = .websocket) {
    self.agent = agent
    self.connection = connection
  }
}

public protocol ConversationInviter: Sendable {
  /// Invites to a conversation. The id of the conversation must be known beforehand, so that its talk time can be
  /// charged. If the provider does not report the id, there is no invitation.
  func invite(_ wish: ConversationRequest) async throws(VoiceAgentError) -> VoiceInvitation
}
