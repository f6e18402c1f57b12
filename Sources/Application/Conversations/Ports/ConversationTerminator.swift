/// Ends a conversation from outside, where the provider's plan allows it.
public protocol ConversationTerminator: Sendable {
  /// One that is not going on is left alone.
  func end(_ conversation: String) async throws(VoiceAgentError)
}
