import Domain

/// A conversation whose URL was given out and that is not known to be over.
public struct OpenConversation: Sendable, Equatable {
  public let id: String
  public let agent: String
  public let key: VoiceInvitation.Key
  /// Since it was given out first, by the store's clock.
  public let age: Duration
  /// Somebody was seen in it.
  public let wasOpened: Bool

  public init(id: String, agent: String, key: VoiceInvitation.Key, age: Duration, wasOpened: Bool) {
    self.id = id
    self.agent = agent
    self.key = key
    self.age = age
    self.wasOpened = wasOpened
  }

  /// It is good enough to be given again.
  public var isGiven: Bool { age < DurationCheckSchedule.given }
  /// Somebody who kept it may still open it.
  public var isOpenable: Bool { age < DurationCheckSchedule.openable }
}

/// Conversations whose URL was given out. Each call is one transaction.
public protocol ConversationRepository: Sendable {
  func openConversations(of user: UserID) async throws(TalkLedgerError) -> [OpenConversation]
  /// It never began and never will, or nobody will ever know.
  func close(_ conversation: String) async throws(TalkLedgerError)
  /// It is over. Its duration is compared with what its talks were charged, and a difference that counts becomes an
  /// adjustment; a duration that was told before has no second effect, another one only that of the difference.
  /// - Parameter reported: nil where the last one stands; an older one than the last is no news.
  /// - Returns: nil for a conversation that is not ours, or of which nothing was told.
  func reconcile(_ conversation: String, reported: ReportedDuration?) async throws(TalkLedgerError)
    -> ReconciliationResult?
}
