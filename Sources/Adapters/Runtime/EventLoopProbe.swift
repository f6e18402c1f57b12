import NIOCore
import Synchronization

/// Finds out whether every event loop still takes its turn. Nobody waits: each loop counts itself when it comes by.
final class EventLoopProbe: Sendable {
  private let loops: [any EventLoop]
  private let missing = Atomic<Int>(0)

  init(_ loops: [any EventLoop]) { self.loops = loops }

  /// Whether all loops have answered the last question. If they have, they are asked again.
  func allAnswered() -> Bool {
    guard missing.load(ordering: .acquiring) == 0 else { return false }
    missing.store(loops.count, ordering: .releasing)
    for loop in loops {
      loop.execute { [self] in missing.subtract(1, ordering: .acquiringAndReleasing) }
    }
    return true
  }
}
