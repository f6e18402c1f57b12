import Domain
import FoundationEssentials

/// A talk that is not over, as an operator's list shows it.
public struct ListedTalk: Sendable, Equatable {
  public let talk: LiveTalk
  /// Since the last beat; nil while nobody has connected.
  public let silence: TalkTime?
  /// When the first beat came, by the store's clock.
  public let connectedAt: Date?
  /// Nil where the books cannot be asked.
  public var names: TalkNames?

  public init(talk: LiveTalk, silence: TalkTime?, connectedAt: Date?, names: TalkNames? = nil) {
    self.talk = talk
    self.silence = silence
    self.connectedAt = connectedAt
    self.names = names
  }
}

public protocol LiveTalkIndex: Sendable {
  /// In the order of shards, and of ids in a shard: what begins or ends meanwhile moves no page.
  /// - Parameter after: the last session of the page before.
  /// - Returns: at most `limit` talks and, where there may be more, where to go on.
  func page(
    after: SessionID?, limit: Int
  ) async throws(LiveTalkError) -> (items: [ListedTalk], next: SessionID?)
  /// Those that wait for their first beat too.
  func count() async throws(LiveTalkError) -> Int
}
