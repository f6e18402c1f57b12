import Synchronization

/// How many lines of a kind a window of ``RepeatedLogLines`` left out so far.
final class LeftOutLines: Sendable {
  private let number = Mutex(0)

  var count: Int { number.withLock { $0 } }

  func add() { number.withLock { $0 += 1 } }
}
