import Synchronization

/// Works on what a store hands out, several items at once, so that an item which waits for a slow partner keeps no other
/// waiting as long as a place is free.
public struct SideBySide<Item: Sendable>: Sendable {
  private let places: Int
  private let every: Duration
  private let take: @Sendable (_ limit: Int) async -> [Item]
  private let work: @Sendable (Item) async -> Void

  /// - Parameters:
  ///   - places: how many items an instance works on at once.
  ///   - every: the store is asked at least this often.
  ///   - take: hands out what is due, at most as many items as it is told, and nothing twice while it is worked on.
  public init(
    places: Int, every: Duration, take: @escaping @Sendable (_ limit: Int) async -> [Item],
    work: @escaping @Sendable (Item) async -> Void
  ) {
    self.places = places
    self.every = every
    self.take = take
    self.work = work
  }

  /// Until it is cancelled. What is under way then is cancelled as well and waited for.
  /// - Parameter wakes: an element asks the store at once.
  public func run<Wakes: AsyncSequence & Sendable>(wokenBy wakes: Wakes) async
  where Wakes.Element == Void, Wakes.Failure == Never {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let free = FreePlaces(places)
    await withDiscardingTaskGroup { group in
      group.addTask { for await _ in wakes { signal.yield() } }
      group.addTask { [every] in
        while !Task.isCancelled {
          signal.yield()
          try? await Task.sleep(for: every)
        }
        signal.finish()
      }
      for await _ in signals where free.count > 0 {
        for item in await take(free.count) {
          free.change(by: -1)
          group.addTask { [work] in
            await work(item)
            free.change(by: 1)
            signal.yield()
          }
        }
      }
    }
  }

  public func run() async { await run(wokenBy: AsyncStream { $0.finish() }) }
}

private final class FreePlaces: Sendable {
  private let free: Mutex<Int>

  init(_ places: Int) { free = Mutex(places) }

  var count: Int { free.withLock { $0 } }

  func change(by difference: Int) { free.withLock { $0 += difference } }
}
