import Synchronization

/// Processes the items of a store, several at a time, so that an item that waits for a slow provider does not delay
/// others while a place is free.
public struct ConcurrentItemWorker<Item: Sendable>: Sendable {
  private let places: Int
  private let every: Duration
  private let take: @Sendable (_ limit: Int) async -> [Item]
  private let work: @Sendable (Item) async -> Void

  /// - Parameters:
  ///   - places: how many items an instance processes at the same time.
  ///   - every: the longest time between two claims from the store.
  ///   - take: claims the items that are due, at most the given number, and none that is already being processed.
  public init(
    places: Int, every: Duration, take: @escaping @Sendable (_ limit: Int) async -> [Item],
    work: @escaping @Sendable (Item) async -> Void
  ) {
    self.places = places
    self.every = every
    self.take = take
    self.work = work
  }

  /// Runs until it is cancelled. Work in progress is then cancelled and awaited.
  /// - Parameter wakes: each element causes a claim from the store at once.
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
