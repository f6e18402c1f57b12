import Domain

/// A call that was offered to a user and that nobody has begun: while it can be begun there is no other.
public struct OfferedCall: Sendable, Equatable {
  public let agent: String
  public let connection: VoiceConnection
  /// A start with this agent and connection gets it.
  public let isGivenAgain: Bool
  /// Until it can be begun no more.
  public let left: Duration

  public init(agent: String, connection: VoiceConnection, isGivenAgain: Bool, left: Duration) {
    self.agent = agent
    self.connection = connection
    self.isGivenAgain = isGivenAgain
    self.left = left
  }

  init(_ open: OpenConversation) {
    self.init(
      agent: open.agent, connection: open.key.connection, isGivenAgain: open.isGiven,
      left: max(.zero, ReviewSchedule.openable - open.age))
  }
}

/// Gets what opens a talk. Nobody ever has two URLs that work: one that was never opened is given again, and while an
/// earlier call goes on there is none. Calls that are over are reckoned on the way, so that whoever owes hears it now. One
/// that cannot be read stops a start only while it could still be begun.
public struct InviteToTalk: Sendable {
  private let agents: any ConversationInviter & ConversationReader
  private let conversations: any ConversationRepository
  private let control: (any ConversationTerminator)?

  /// - Parameter control: nil where the provider's plan lets nobody end a call from outside.
  public init(
    agents: any ConversationInviter & ConversationReader, conversations: any ConversationRepository,
    control: (any ConversationTerminator)? = nil
  ) {
    self.agents = agents
    self.conversations = conversations
    self.control = control
  }

  public func callAsFunction(user: UserID, wish: InvitationRequest) async throws(StartTalkError) -> VoiceInvitation {
    if let unopened = try await unopened(user, wish) { return unopened }
    // An agent is named by us or by the operator's list, so what is refused is no fault of the client.
    do throws(VoiceAgentError) { return try await agents.invite(wish) } catch { throw .agentUnavailable }
  }

  private func unopened(_ user: UserID, _ wish: InvitationRequest) async throws(StartTalkError) -> VoiceInvitation? {
    var found: VoiceInvitation?
    let all = try await ledger { () async throws(TalkLedgerError) in
      try await conversations.openConversations(of: user)
    }
    let looks = await looks(at: all)
    for open in all {
      guard let look = looks[open.id] else { continue }
      let conversation: Conversation?
      do throws(VoiceAgentError) { conversation = try look.get() } catch {
        // Nobody can say whether somebody talks in it, and nobody can begin to any more: the review finds out.
        guard open.isOpenable else { continue }
        throw .agentUnavailable
      }
      switch conversation?.state {
      // Where somebody was seen in it, a look that finds nothing is not the last word.
      case nil where !open.isOpenable: if !open.wasOpened { try await close(open.id) }
      case .initiated where !open.isOpenable: try await reconcile(open.id, .zero)
      case nil, .initiated:
        // In its last minute it is neither given again nor is there another one beside it.
        guard open.isGiven, open.agent == wish.agent, open.key.connection == wish.connection else {
          throw .previousCallOffered(OfferedCall(open))
        }
        found = VoiceInvitation(key: open.key, conversation: open.id)
      case .inProgress:
        // The next try may find it over.
        try? await control?.end(open.id)
        throw .previousCallOpen
      // Over, but its duration is not known yet.
      case .processing: break
      case .done, .failed: if let lasted = conversation?.duration { try await reconcile(open.id, lasted) }
      }
    }
    return found
  }

  private typealias Look = Result<Conversation?, VoiceAgentError>

  /// Of what can be opened no more, a start looks at so many, the newest ones; the others are the review's alone.
  private static let oldOnes = 10
  private static let atOnce = 5

  /// Side by side, so that one of which no answer comes takes no more of a start's time than any other.
  private func looks(at all: [OpenConversation]) async -> [String: Look] {
    let asked = all.filter(\.isOpenable) + all.filter { !$0.isOpenable }.suffix(Self.oldOnes)
    return await withTaskGroup(of: (String, Look).self) { group in
      for open in asked.prefix(Self.atOnce) { group.addTask { await look(at: open.id) } }
      var rest = asked.dropFirst(Self.atOnce)
      var found: [String: Look] = [:]
      for await (id, look) in group {
        found[id] = look
        if let open = rest.popFirst() { group.addTask { await self.look(at: open.id) } }
      }
      return found
    }
  }

  private func look(at id: String) async -> (String, Look) {
    do throws(VoiceAgentError) { return (id, .success(try await agents.conversation(id))) } catch {
      return (id, .failure(error))
    }
  }

  private func reconcile(_ id: String, _ duration: TalkTime) async throws(StartTalkError) {
    _ = try await ledger { () async throws(TalkLedgerError) in
      try await conversations.reconcile(id, reported: ReportedDuration(duration: duration))
    }
  }

  private func close(_ id: String) async throws(StartTalkError) {
    try await ledger { () async throws(TalkLedgerError) in try await conversations.close(id) }
  }

  private func ledger<T>(_ body: () async throws(TalkLedgerError) -> T) async throws(StartTalkError) -> T {
    do { return try await body() } catch { throw StartTalkError(error) }
  }
}
