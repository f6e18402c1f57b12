public enum VoiceAgentError: Error, Sendable, Equatable {
  case unavailable
  /// The provider answers, and a repeat will not help: our key or our agent is wrong.
  case refused
}
