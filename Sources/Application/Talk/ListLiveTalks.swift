import Domain
import FoundationEssentials

/// Lists all talks that are not over. It works without Postgres too; agents and conversations are then unknown.
public struct ListLiveTalks: Sendable {
  private let live: any LiveTalkIndex
  private let names: any TalkProviderIDReader

  public init(live: any LiveTalkIndex, names: any TalkProviderIDReader) {
    self.live = live
    self.names = names
  }

  public func callAsFunction(
    after: SessionID?, limit: Int
  ) async throws(TalkAdministrationError) -> (items: [ListedLiveTalk], next: SessionID?) {
    let page: (items: [ListedLiveTalk], next: SessionID?)
    do { page = try await live.page(after: after, limit: limit) } catch { throw .unavailable }
    let names = (try? await self.names.names(of: page.items.map(\.talk.id))) ?? [:]
    let items = page.items.map { item in
      var item = item
      item.names = names[item.talk.id]
      return item
    }
    return (items, page.next)
  }
}
