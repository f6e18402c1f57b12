/// The agent and the connection of a requested conversation.
public struct InvitationRequest: Sendable, Equatable {
  public let agent: String
  public let connection: VoiceConnection

  public init(agent: String, connection: VoiceConnection = .websocket) {
    self.agent = agent
    self.connection = connection
  }
}

public protocol ConversationInviter: Sendable {
  /// Invites to a conversation. The id of the conversation must be known beforehand, so that its talk time can be
  /// charged. If the provider does not report the id, there is no invitation.
  func invite(_ wish: InvitationRequest) async throws(VoiceAgentError) -> VoiceInvitation
}
