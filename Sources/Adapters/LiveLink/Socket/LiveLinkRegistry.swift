import NIOCore
import Synchronization

/// The links of one event loop. Used only on that loop.
final class LiveLinkRegistry {
  private var links: [ObjectIdentifier: LinkHandler] = [:]
  private let count: LinkCounter

  init(count: LinkCounter) { self.count = count }

  func add(_ link: LinkHandler) {
    if links.updateValue(link, forKey: ObjectIdentifier(link)) == nil { count.add(1) }
  }

  func remove(_ link: LinkHandler) {
    if links.removeValue(forKey: ObjectIdentifier(link)) != nil { count.add(-1) }
  }

  func look(at now: NIODeadline) { for link in links.values { link.look(at: now) } }
  func goAway() { for link in links.values { link.goAway() } }
  func drop() { for link in links.values { link.drop() } }
}

/// The number of links over all loops; readable on any thread.
public final class LinkCounter: Sendable {
  private let number = Atomic(0)

  public var value: Int { number.load(ordering: .relaxed) }
  func add(_ change: Int) { number.wrappingAdd(change, ordering: .relaxed) }
}
