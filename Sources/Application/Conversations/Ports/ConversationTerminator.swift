/// Ends a conversation from outside, if the provider's plan allows it.
public protocol ConversationTerminator: Sendable {
  /// A conversation that is not going on is left alone.
  func end(_ conversation: String) async throws(VoiceAgentError)
}
