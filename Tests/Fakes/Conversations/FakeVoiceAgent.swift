import Application
import Domain
import Synchronization

/// An agent that gives out URLs and knows the conversations that were opened with them.
public final class FakeVoiceAgent: ConversationInviter, ConversationReader, ConversationTerminator,
  ConversationEraser
{
  private struct State {
    var invited = 0
    var conversations: [String: Conversation] = [:]
    var inviting: VoiceAgentError?
    var reading: VoiceAgentError?
    var ending: VoiceAgentError?
    var erasing: ConversationErasureError?
    var ended: [String] = []
    var reads = 0
    var unreadable: [String: VoiceAgentError] = [:]
    var answersInPairs = false
    var asked = 0
  }

  private let state = Mutex(State())

  public init() {}

  /// The number of URLs that were given out.
  public var invited: Int { state.withLock { $0.invited } }

  /// - Parameter error: nil to let the calls succeed again.
  public func failInviting(_ error: VoiceAgentError?) { state.withLock { $0.inviting = error } }
  public func failEnding(_ error: VoiceAgentError?) { state.withLock { $0.ending = error } }
  public func failErasing(_ error: ConversationErasureError?) { state.withLock { $0.erasing = error } }
  public func failReading(_ error: VoiceAgentError?) { state.withLock { $0.reading = error } }

  /// Sets the error for one conversation only.
  public func failReading(_ error: VoiceAgentError?, _ id: String) { state.withLock { $0.unreadable[id] = error } }

  /// Makes each request wait until another one is in progress too.
  public func answerInPairs() { state.withLock { $0.answersInPairs = true } }

  /// Sets the state of a conversation whose URL was opened.
  public func become(
    _ state: ConversationState, _ id: String, duration: TalkTime? = .zero, hasImpossibleDuration: Bool = false,
    transcript: Transcript = Transcript(lines: [])
  ) {
    self.state.withLock {
      $0.conversations[id] = Conversation(
        id: id, state: state, duration: duration, hasImpossibleDuration: hasImpossibleDuration, transcript: transcript)
    }
  }

  public func invite(_ wish: ConversationRequest) async throws(VoiceAgentError) -> VoiceInvitation {
    try state.withLock { state throws(VoiceAgentError) in
      if let error = state.inviting { throw error }
      state.invited += 1
      let text = "wss://agent.test/\(wish.agent)?signature=\(state.invited)"
      return VoiceInvitation(key: .init(wish.connection, text), conversation: "conv_\(state.invited)")
    }
  }

  public func conversation(_ id: String) async throws(VoiceAgentError) -> Conversation? {
    let asked = state.withLock { state in
      state.asked += 1
      return state.asked
    }
    while state.withLock({ $0.answersInPairs && $0.asked < asked + asked % 2 }) {
      try? await Task.sleep(for: .milliseconds(1))
    }
    return try state.withLock { state throws(VoiceAgentError) in
      state.reads += 1
      if let error = state.reading ?? state.unreadable[id] { throw error }
      return state.conversations[id]
    }
  }

  /// The conversations that the system has ended, in order.
  public var ended: [String] { state.withLock { $0.ended } }

  /// The number of times that a conversation was read.
  public var reads: Int { state.withLock { $0.reads } }

  public func erase(_ conversation: String) async throws(ConversationErasureError) {
    try state.withLock { state throws(ConversationErasureError) in
      if let error = state.erasing { throw error }
      state.conversations[conversation] = nil
    }
  }

  public func end(_ conversation: String) async throws(VoiceAgentError) {
    try state.withLock { state throws(VoiceAgentError) in
      if let error = state.ending { throw error }
      state.ended.append(conversation)
    }
  }
}
