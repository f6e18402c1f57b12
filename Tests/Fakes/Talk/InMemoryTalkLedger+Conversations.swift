import Application
import Domain

extension InMemoryTalkLedger: ConversationRepository {
  public func openConversations(of user: UserID) async throws(TalkLedgerError) -> [UnendedConversation] {
    try await step(.conversations) { state in state.openConversations(of: user) }
  }

  public func interruptedTalk(
    _ session: SessionID, of user: UserID
  ) async throws(TalkLedgerError) -> InterruptedTalk? {
    try await step(.interruptedTalk) { state in state.interruptedTalk(session, of: user) }
  }

  public func close(_ conversation: String) async throws(TalkLedgerError) {
    try await step(.close) { state in state.close(conversation) }
  }

  public func isOurs(_ conversation: String) async throws(TalkLedgerError) -> Bool {
    try await step(.conversations) { state in state.conversations.contains(where: { $0.id == conversation }) }
  }

  public func announceReport(of conversation: String) async throws(TalkLedgerError) {
    try await step(.announceReport) { state in
      if state.conversations.contains(where: { $0.id == conversation }) { state.announced.append(conversation) }
    }
  }

  /// The conversations whose report was told to the other services.
  public var announced: [String] { state.withLock(\.announced) }

  public func reconcile(
    _ conversation: String, reported: ReportedDuration?
  ) async throws(TalkLedgerError) -> ConversationReconciliationResult? {
    try await step(.reconcile) { state in state.reconcile(conversation, reported) }
  }
}

extension InMemoryTalkLedger: DurationCheckQueue {
  public func claimDue(limit: Int) async throws(TalkLedgerError) -> [DueConversation] {
    try await step(.claimDue) { state in state.claimDue(limit) }
  }

  public func reschedule(
    at due: DueConversation, in pause: Duration?, opened: Bool
  ) async throws(TalkLedgerError) {
    try await step(.reschedule) { state in state.reschedule(at: due, in: pause, opened: opened) }
  }

  public func isTalkedOn(_ conversation: String) async throws(TalkLedgerError) -> Bool {
    try await step(.isTalkedOn) { state in state.isTalkedOn(conversation) }
  }

  public func unsettledTalks(of conversation: String) async throws(TalkLedgerError) -> [UnsettledTalk] {
    try await step(.unsettledTalks) { state in
      state.talks.filter { $1.conversation == conversation && $1.settled == nil }.map { UnsettledTalk($0, $1) }
    }
  }
}
