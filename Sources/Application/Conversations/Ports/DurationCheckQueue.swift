import Domain
import FoundationEssentials

/// A conversation whose duration check is due.
public struct DueConversation: Sendable, Equatable {
  public let id: String
  /// The time since the URL was given out, by the store's clock.
  public let age: Duration
  /// How often the conversation was checked since its last talk was settled, including this time.
  public let looks: Int
  /// Whether the conversation is known to have been opened.
  public let wasOpened: Bool
  /// Whether a talk of the conversation goes on.
  public let isTalkedOn: Bool
  /// The duration that the provider reported before.
  public let duration: TalkTime?
  /// How the conversation's last talk with a beat ended; nil before the first such end.
  public let lastEnding: TalkEnding?

  public init(
    id: String, age: Duration, looks: Int, wasOpened: Bool, isTalkedOn: Bool, duration: TalkTime?,
    lastEnding: TalkEnding? = nil
  ) {
    self.id = id
    self.age = age
    self.looks = looks
    self.wasOpened = wasOpened
    self.isTalkedOn = isTalkedOn
    self.duration = duration
    self.lastEnding = lastEnding
  }
}

/// Conversations that wait for a duration check. All times are the store's.
public protocol DurationCheckQueue: Sendable {
  /// Claims the due conversations for half a minute. If the worker dies, another worker claims them after that.
  func claimDue(limit: Int) async throws(TalkLedgerError) -> [DueConversation]
  /// - Parameters:
  ///   - pause: the duration from now to the next check; nil for none until a talk of the conversation is settled. A
  ///     settlement since the claim takes precedence.
  ///   - opened: whether the conversation is known to have been opened.
  func reschedule(at due: DueConversation, in pause: Duration?, opened: Bool) async throws(TalkLedgerError)
  /// Whether a talk of the conversation goes on.
  func isTalkedOn(_ conversation: String) async throws(TalkLedgerError) -> Bool
  /// The talks of the conversation that are not settled.
  func unsettledTalks(of conversation: String) async throws(TalkLedgerError) -> [UnsettledTalk]
}
