public enum VoiceAgentError: Error, Sendable, Equatable {
  case unavailable
  /// It answers, and will answer a repeat no better: our key or our agent is not right.
  case refused
}
