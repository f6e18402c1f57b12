import Domain

/// Gets what opens a talk. Nobody ever has two URLs that work: one that was never opened is given again, and while an
/// earlier call goes on there is none. Calls that are over are reckoned on the way, so that whoever owes hears it now.
public struct InviteToTalk: Sendable {
  private let agents: any InvitesToTalk & ReadsConversations
  private let conversations: any KeepsConversations
  private let control: (any EndsConversations)?

  /// - Parameter control: nil where the provider's plan lets nobody end a call from outside.
  public init(
    agents: any InvitesToTalk & ReadsConversations, conversations: any KeepsConversations,
    control: (any EndsConversations)? = nil
  ) {
    self.agents = agents
    self.conversations = conversations
    self.control = control
  }

  public func callAsFunction(user: UserID, wish: VoiceWish) async throws(StartTalkError) -> VoiceInvitation {
    if let unopened = try await unopened(user, wish) { return unopened }
    // An agent is named by us or by the operator's list, so what is refused is no fault of the client.
    do throws(VoiceAgentError) { return try await agents.invite(wish) } catch { throw .agentUnavailable }
  }

  private func unopened(_ user: UserID, _ wish: VoiceWish) async throws(StartTalkError) -> VoiceInvitation? {
    var found: VoiceInvitation?
    for open in try await books({ () async throws(TalkBooksError) in
      try await conversations.openConversations(of: user)
    }) {
      let conversation = try await read(open.id)
      switch conversation?.state {
      // Where somebody was seen in it, a look that finds nothing is not the last word.
      case nil where !open.isOpenable: if !open.wasOpened { try await close(open.id) }
      case .initiated where !open.isOpenable: try await reckon(open.id, .zero)
      case nil, .initiated:
        // In its last minute it is neither given again nor is there another one beside it.
        guard open.isGiven, open.agent == wish.agent, open.key.connection == wish.connection else {
          throw .previousCallOpen
        }
        found = VoiceInvitation(key: open.key, conversation: open.id)
      case .inProgress:
        // The next try may find it over.
        try? await control?.end(open.id)
        throw .previousCallOpen
      // Over, but its duration is not known yet.
      case .processing: break
      case .done, .failed: if let lasted = conversation?.duration { try await reckon(open.id, lasted) }
      }
    }
    return found
  }

  private func read(_ id: String) async throws(StartTalkError) -> Conversation? {
    do throws(VoiceAgentError) { return try await agents.conversation(id) } catch { throw .agentUnavailable }
  }

  private func reckon(_ id: String, _ duration: TalkTime) async throws(StartTalkError) {
    _ = try await books { () async throws(TalkBooksError) in
      try await conversations.reckon(id, word: ConversationWord(duration: duration))
    }
  }

  private func close(_ id: String) async throws(StartTalkError) {
    try await books { () async throws(TalkBooksError) in try await conversations.close(id) }
  }

  private func books<T>(_ body: () async throws(TalkBooksError) -> T) async throws(StartTalkError) -> T {
    do { return try await body() } catch { throw StartTalkError(error) }
  }
}
