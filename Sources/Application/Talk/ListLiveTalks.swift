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

/// What the books say a talk is with.
public struct TalkNames: Sendable, Equatable {
  public let agent: String
  public let conversation: String?

  public init(agent: String, conversation: String?) {
    self.agent = agent
    self.conversation = conversation
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

public protocol TalkNameReader: Sendable {
  func names(of sessions: [SessionID]) async throws(TalkLedgerError) -> [SessionID: TalkNames]
}

/// All talks that are not over. It answers without Postgres too: then nobody knows what they are with.
public struct ListLiveTalks: Sendable {
  private let live: any LiveTalkIndex
  private let ledger: any TalkNameReader

  public init(live: any LiveTalkIndex, ledger: any TalkNameReader) {
    self.live = live
    self.ledger = ledger
  }

  public func callAsFunction(
    after: SessionID?, limit: Int
  ) async throws(LiveTalkError) -> (items: [ListedTalk], next: SessionID?) {
    let page = try await live.page(after: after, limit: limit)
    let names = (try? await ledger.names(of: page.items.map(\.talk.id))) ?? [:]
    let items = page.items.map { item in
      var item = item
      item.names = names[item.talk.id]
      return item
    }
    return (items, page.next)
  }
}
