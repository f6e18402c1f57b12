import Domain

/// Finds the conversation of a talk that was cut, if it can be continued: the talk is the user's own, it ended by a gap
/// within the last minute, and its conversation still goes on at the provider. It changes nothing but the earlier talk's
/// settlement, which is due anyway.
public struct FindInterruptedConversation: Sendable {
  private let live: any LiveTalkStore
  private let settle: SettleTalk
  private let conversations: any ConversationRepository
  private let agents: any ConversationReader

  public init(
    live: any LiveTalkStore, settle: SettleTalk, conversations: any ConversationRepository,
    agents: any ConversationReader
  ) {
    self.live = live
    self.settle = settle
    self.conversations = conversations
    self.agents = agents
  }

  public func callAsFunction(_ session: SessionID, of user: UserID) async throws(StartTalkError) -> InterruptedTalk {
    try await settleEnded(session, of: user)
    let found: InterruptedTalk?
    do { found = try await conversations.interruptedTalk(session, of: user) } catch { throw StartTalkError(error) }
    guard let found, found.ending.continuableFor != nil else { throw .cannotContinue }
    let conversation: Conversation?
    do throws(VoiceAgentError) { conversation = try await agents.conversation(found.conversation.id) } catch {
      throw .agentUnavailable
    }
    guard conversation?.state == .inProgress else { throw .cannotContinue }
    return found
  }

  /// The end of the talk may be so recent that it is not in the ledger yet. A talk that goes on needs no other.
  private func settleEnded(_ session: SessionID, of user: UserID) async throws(StartTalkError) {
    let talk: LiveTalk?
    do throws(LiveTalkError) { talk = try await live.read(session) } catch { throw .unavailable }
    guard let talk, talk.user == user else { return }
    let settled: SettledTalk?
    do throws(TalkLedgerError) { settled = try await settle(talk) } catch { throw StartTalkError(error) }
    if settled == nil { throw .alreadyLive }
  }
}
