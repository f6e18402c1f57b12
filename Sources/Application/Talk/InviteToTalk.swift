import Domain

/// A conversation whose URL was given out and that is not known to be over.
public struct OpenConversation: Sendable, Equatable {
  public let id: String
  public let agent: String
  public let signedURL: String
  /// Whether the URL can still be opened: it works for 15 minutes.
  public let urlWorks: Bool

  public init(id: String, agent: String, signedURL: String, urlWorks: Bool) {
    self.id = id
    self.agent = agent
    self.signedURL = signedURL
    self.urlWorks = urlWorks
  }
}

public protocol KeepsConversations: Sendable {
  func openConversations(of user: UserID) async throws(TalkBooksError) -> [OpenConversation]
  /// It is over, or can never begin.
  /// - Parameter duration: as the provider has it; nil where it never began.
  func close(_ conversation: String, duration: TalkTime?) async throws(TalkBooksError)
}

/// Gets the URL for a talk. Nobody ever has two that work: one that was never opened is given again, and while an
/// earlier call goes on there is none.
public struct InviteToTalk: Sendable {
  private let agents: any InvitesToTalk & ReadsConversations
  private let conversations: any KeepsConversations

  public init(agents: any InvitesToTalk & ReadsConversations, conversations: any KeepsConversations) {
    self.agents = agents
    self.conversations = conversations
  }

  public func callAsFunction(user: UserID, agent: String) async throws(StartTalkError) -> VoiceInvitation {
    if let unopened = try await unopened(user, agent) { return unopened }
    do throws(VoiceAgentError) {
      return try await agents.invite(agent: agent)
    } catch {
      throw error == .refused ? .unknownAgent : .agentUnavailable
    }
  }

  private func unopened(_ user: UserID, _ agent: String) async throws(StartTalkError) -> VoiceInvitation? {
    var found: VoiceInvitation?
    for open in try await books({ () async throws(TalkBooksError) in
      try await conversations.openConversations(of: user)
    }) {
      let conversation = try await read(open.id)
      switch conversation?.state {
      case nil, .initiated:
        if !open.urlWorks {
          try await close(open.id, nil)
        } else if open.agent == agent {
          found = VoiceInvitation(signedURL: open.signedURL, conversation: open.id)
        } else {
          throw .previousCallOpen
        }
      case .inProgress: throw .previousCallOpen
      // Over, but its duration is not known yet.
      case .processing: break
      case .done, .failed: try await close(open.id, conversation?.duration)
      }
    }
    return found
  }

  private func read(_ id: String) async throws(StartTalkError) -> Conversation? {
    do throws(VoiceAgentError) { return try await agents.conversation(id) } catch { throw .agentUnavailable }
  }

  private func close(_ id: String, _ duration: TalkTime?) async throws(StartTalkError) {
    try await books { () async throws(TalkBooksError) in try await conversations.close(id, duration: duration) }
  }

  private func books<T>(_ body: () async throws(TalkBooksError) -> T) async throws(StartTalkError) -> T {
    do { return try await body() } catch { throw StartTalkError(error) }
  }
}
