import Application
import Domain
import Synchronization

/// An agent that gives out URLs and knows the conversations that were opened with them.
public final class FakeVoiceAgent: InvitesToTalk, ReadsConversations {
  private struct State {
    var invited = 0
    var conversations: [String: Conversation] = [:]
    var inviting: VoiceAgentError?
    var reading: VoiceAgentError?
  }

  private let state = Mutex(State())

  public init() {}

  /// How many URLs it gave out.
  public var invited: Int { state.withLock { $0.invited } }

  /// - Parameter error: nil to let it go well again.
  public func failInviting(_ error: VoiceAgentError?) { state.withLock { $0.inviting = error } }
  public func failReading(_ error: VoiceAgentError?) { state.withLock { $0.reading = error } }

  /// Somebody has opened the URL, and so far it came to this.
  public func become(
    _ state: ConversationState, _ id: String, duration: TalkTime = .zero, transcript: Transcript = Transcript(lines: [])
  ) {
    self.state.withLock {
      $0.conversations[id] = Conversation(id: id, state: state, duration: duration, transcript: transcript)
    }
  }

  public func invite(agent: String) async throws(VoiceAgentError) -> VoiceInvitation {
    try state.withLock { state throws(VoiceAgentError) in
      if let error = state.inviting { throw error }
      state.invited += 1
      return VoiceInvitation(
        signedURL: "wss://agent.test/\(agent)?signature=\(state.invited)", conversation: "conv_\(state.invited)")
    }
  }

  public func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation? {
    try state.withLock { state throws(VoiceAgentError) in
      if let error = state.reading { throw error }
      return state.conversations[id]
    }
  }
}
