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
