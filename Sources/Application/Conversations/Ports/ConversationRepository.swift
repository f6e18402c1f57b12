import Domain

/// A conversation whose URL was given out and that is not known to be over.
public struct UnendedConversation: Sendable, Equatable {
  public let id: String
  public let agent: String
  public let key: VoiceInvitation.Key
  /// The time since the URL was first given out, by the store's clock.
  public let age: Duration
  /// Whether the conversation is known to have been opened.
  public let wasOpened: Bool

  public init(id: String, agent: String, key: VoiceInvitation.Key, age: Duration, wasOpened: Bool) {
    self.id = id
    self.agent = agent
    self.key = key
    self.age = age
    self.wasOpened = wasOpened
  }

  /// Whether the URL is recent enough to be given out again.
  public var isGiven: Bool { age < DurationCheckSchedule.given }
  /// Whether a client that kept the URL may still open the conversation.
  public var isOpenable: Bool { age < DurationCheckSchedule.openable }
}

/// A talk that is over, while its conversation is not known to be over.
public struct InterruptedTalk: Sendable, Equatable {
  public let conversation: UnendedConversation
  public let ending: TalkEnding
  /// The time of the conversation so far that none of its talks has charged or forgiven. Its reconciliation may charge
  /// it. It counts from the creation of the first talk with a beat, so that it is rather too long than too short.
  public let unmetered: TalkTime

  public init(conversation: UnendedConversation, ending: TalkEnding, unmetered: TalkTime) {
    self.conversation = conversation
    self.ending = ending
    self.unmetered = unmetered
  }
}

/// The store of conversations whose URL was given out. Each call is one transaction.
public protocol ConversationRepository: Sendable {
  func openConversations(of user: UserID) async throws(TalkLedgerError) -> [UnendedConversation]
  /// Nil if the talk is not settled or had no beat, if it is not the user's, if a later talk of its conversation had a
  /// beat, or if the conversation is known to be over.
  func interruptedTalk(_ session: SessionID, of user: UserID) async throws(TalkLedgerError) -> InterruptedTalk?
  /// Closes a conversation that can no longer begin, or whose duration will never be known.
  func close(_ conversation: String) async throws(TalkLedgerError)
  /// Whether the conversation's URL was given out here. The provider also reports the account's others.
  func isOurs(_ conversation: String) async throws(TalkLedgerError) -> Bool
  /// Tells the other services that the provider has reported the conversation. Nothing is told of one that is not ours.
  func announceReport(of conversation: String) async throws(TalkLedgerError)
  /// Reconciles a conversation that is over. Its duration is compared with what its talks were charged, and a relevant
  /// difference becomes an adjustment. A repeated report of the same duration has no second effect; another duration
  /// adjusts only by the difference.
  /// - Parameter reported: nil to use the last report. A report older than the last one is ignored.
  /// - Returns: nil for a conversation that is not ours, or whose duration was not reported.
  func reconcile(_ conversation: String, reported: ReportedDuration?) async throws(TalkLedgerError)
    -> ConversationReconciliationResult?
}
