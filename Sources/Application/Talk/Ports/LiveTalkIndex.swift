import Domain
import FoundationEssentials

/// A talk that is not over, as an operator's list shows it.
public struct ListedLiveTalk: Sendable, Equatable {
  public let talk: LiveTalk
  /// The time since the last beat; nil if no client has connected yet.
  public let silence: TalkTime?
  /// When the first beat came, by the store's clock.
  public let connectedAt: Date?
  /// Nil if the ledger cannot be read.
  public var names: TalkProviderIDs?

  public init(talk: LiveTalk, silence: TalkTime?, connectedAt: Date?, names: TalkProviderIDs? = nil) {
    self.talk = talk
    self.silence = silence
    self.connectedAt = connectedAt
    self.names = names
  }
}

public protocol LiveTalkIndex: Sendable {
  /// Pages in the order of shards, and of ids within a shard, so a talk that begins or ends meanwhile does not shift a
  /// page.
  /// - Parameter after: the last session of the previous page.
  /// - Returns: at most `limit` talks and, if there may be more, where to go on.
  func page(
    after: SessionID?, limit: Int
  ) async throws(LiveTalkError) -> (items: [ListedLiveTalk], next: SessionID?)
  /// Includes the talks that wait for their first beat.
  func count() async throws(LiveTalkError) -> Int
}
