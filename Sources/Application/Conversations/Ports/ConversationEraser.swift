/// Deletes the provider's copy of a conversation: its transcript and its recording.
public protocol ConversationEraser: Sendable {
  /// Succeeds for a conversation that the provider does not have (any more).
  func erase(_ conversation: String) async throws(VoiceAgentError)
}
