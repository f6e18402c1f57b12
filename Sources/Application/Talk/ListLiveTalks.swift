import Domain
import FoundationEssentials

/// Lists all talks that are not over. It works without Postgres too; agents and conversations are then unknown.
public struct ListLiveTalks: Sendable {
  private let live: any LiveTalkIndex
  private let ledger: any TalkNameReader

  public init(live: any LiveTalkIndex, ledger: any TalkNameReader) {
    self.live = live
    self.ledger = ledger
  }

  public func callAsFunction(
    after: SessionID?, limit: Int
  ) async throws(TalkAdministrationError) -> (items: [ListedTalk], next: SessionID?) {
    let page: (items: [ListedTalk], next: SessionID?)
    do { page = try await live.page(after: after, limit: limit) } catch { throw .unavailable }
    let names = (try? await ledger.names(of: page.items.map(\.talk.id))) ?? [:]
    let items = page.items.map { item in
      var item = item
      item.names = names[item.talk.id]
      return item
    }
    return (items, page.next)
  }
}
