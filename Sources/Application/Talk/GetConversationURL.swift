import Domain

/// A call that was offered to a user and has not begun. While it can still begin, no other call is offered.
public struct OfferedConversation: Sendable, Equatable {
  public let agent: String
  public let connection: VoiceTransport
  /// Whether a start with this agent and connection gets this call.
  public let isGivenAgain: Bool
  /// The time in which the call can still begin.
  public let left: Duration

  public init(agent: String, connection: VoiceTransport, isGivenAgain: Bool, left: Duration) {
    self.agent = agent
    self.connection = connection
    self.isGivenAgain = isGivenAgain
    self.left = left
  }

  init(_ open: UnendedConversation) {
    self.init(
      agent: open.agent, connection: open.key.connection, isGivenAgain: open.isGiven,
      left: max(.zero, DurationCheckSchedule.openable - open.age))
  }
}

/// Gets the URL that opens a talk. A user never has two URLs that work: a URL that was not opened is given out again,
/// and while an earlier call goes on there is no new one. Calls that are over are reconciled first, so that a user who
/// owes talk time learns it now. A call that cannot be read stops a start only while that call could still begin.
public struct GetConversationURL: Sendable {
  private let agents: any ConversationInviter & ConversationReader
  private let conversations: any ConversationRepository
  private let control: (any ConversationTerminator)?

  /// - Parameter control: nil if the provider's plan does not let this service end a call.
  public init(
    agents: any ConversationInviter & ConversationReader, conversations: any ConversationRepository,
    control: (any ConversationTerminator)? = nil
  ) {
    self.agents = agents
    self.conversations = conversations
    self.control = control
  }

  public func callAsFunction(user: UserID, wish: ConversationRequest) async throws(StartTalkError) -> VoiceInvitation {
    if let unopened = try await unopened(user, wish) { return unopened }
    // The agent comes from the settings or from the operator's list, so a refusal is not the client's fault.
    do throws(VoiceAgentError) { return try await agents.invite(wish) } catch { throw .agentUnavailable }
  }

  private func unopened(_ user: UserID, _ wish: ConversationRequest) async throws(StartTalkError) -> VoiceInvitation? {
    var found: VoiceInvitation?
    let all: [UnendedConversation]
    do { all = try await conversations.openConversations(of: user) } catch { throw StartTalkError(error) }
    let looks = await looks(at: all)
    for open in all {
      guard let look = looks[open.id] else { continue }
      let conversation: Conversation?
      do throws(VoiceAgentError) { conversation = try look.get() } catch {
        // The call's state is unknown, but it can no longer begin: the check finds out.
        guard open.isOpenable else { continue }
        throw .agentUnavailable
      }
      switch conversation?.state {
      // If the call was seen in progress before, not finding it now does not prove that nothing was talked.
      case nil where !open.isOpenable: if !open.wasOpened { try await close(open.id) }
      case .initiated where !open.isOpenable: try await reconcile(open.id, .zero)
      case nil, .initiated:
        // In its last minute a URL is not given out again, and no other one is given out either.
        guard open.isGiven, open.agent == wish.agent, open.key.connection == wish.connection else {
          throw .previousCallOffered(OfferedConversation(open))
        }
        found = VoiceInvitation(key: open.key, conversation: open.id)
      case .inProgress:
        // The next attempt may find it over.
        try? await control?.end(open.id)
        throw .previousCallOpen
      // The call is over, but its duration is not known yet.
      case .processing: break
      case .done, .failed: if let lasted = conversation?.duration { try await reconcile(open.id, lasted) }
      }
    }
    return found
  }

  private typealias Look = Result<Conversation?, VoiceAgentError>

  /// The number of calls that a start checks among those that can no longer be opened: the newest ones. The duration
  /// check handles the others.
  private static let oldOnes = 10
  private static let atOnce = 5

  /// Looks in parallel, so that a call for which the provider does not respond does not delay the start more than any
  /// other.
  private func looks(at all: [UnendedConversation]) async -> [String: Look] {
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
    do {
      _ = try await conversations.reconcile(id, reported: ReportedDuration(duration: duration))
    } catch { throw StartTalkError(error) }
  }

  private func close(_ id: String) async throws(StartTalkError) {
    do { try await conversations.close(id) } catch { throw StartTalkError(error) }
  }
}
