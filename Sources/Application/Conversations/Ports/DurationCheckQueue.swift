import Domain
import FoundationEssentials

/// A conversation that is to be looked at.
public struct DueConversation: Sendable, Equatable {
  public let id: String
  /// Since its URL was given out, by the store's clock.
  public let age: Duration
  /// How often it was looked at since its last talk was settled, this time included.
  public let looks: Int
  /// Somebody was seen in it.
  public let wasOpened: Bool
  /// A talk of it goes on.
  public let isTalkedOn: Bool
  /// As the provider has told it before.
  public let duration: TalkTime?

  public init(id: String, age: Duration, looks: Int, wasOpened: Bool, isTalkedOn: Bool, duration: TalkTime?) {
    self.id = id
    self.age = age
    self.looks = looks
    self.wasOpened = wasOpened
    self.isTalkedOn = isTalkedOn
    self.duration = duration
  }
}

/// Conversations that wait for a look. All times are the store's.
public protocol DurationCheckQueue: Sendable {
  /// Takes what is due, for half a minute: whoever takes it and dies is followed by another.
  func claimDue(limit: Int) async throws(TalkLedgerError) -> [DueConversation]
  /// - Parameters:
  ///   - pause: from now to the next look; nil for none until a talk of it is settled. Where one was settled since it
  ///     was taken, that counts.
  ///   - opened: somebody was seen in it.
  func reschedule(at due: DueConversation, in pause: Duration?, opened: Bool) async throws(TalkLedgerError)
  /// Whether a talk of it goes on.
  func isTalkedOn(_ conversation: String) async throws(TalkLedgerError) -> Bool
  /// Its talks that are not settled.
  func unsettledTalks(of conversation: String) async throws(TalkLedgerError) -> [OverdueTalk]
}
