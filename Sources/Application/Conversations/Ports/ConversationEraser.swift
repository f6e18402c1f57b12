/// Why the provider may still have its copy of a conversation.
public enum ConversationErasureError: Error, Sendable, Equatable {
  /// It is away, or has no time. A repeat may succeed.
  case unavailable
  /// It refuses our key, and so every conversation until that is mended.
  case keyRefused
  /// It refuses this conversation, such as for an id of another form. Others are not concerned.
  case conversationRefused
}

/// Deletes the provider's copy of a conversation: its transcript and its recording.
public protocol ConversationEraser: Sendable {
  /// Succeeds for a conversation that the provider does not have (any more).
  func erase(_ conversation: String) async throws(ConversationErasureError)
}
