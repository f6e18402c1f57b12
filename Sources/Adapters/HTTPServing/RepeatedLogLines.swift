import Synchronization

/// Lets the first lines of a kind through and counts the rest, minute by minute: a flood of refusals would otherwise
/// cost a write to the log for each.
final class RepeatedLogLines: Sendable {
  enum Admission: Sendable {
    case write
    case leaveOut
    /// The first that its window leaves out. When the window has passed, the count is to be told.
    case leaveOutFirst(LeftOutLines)
  }

  private struct Kind {
    let begun: ContinuousClock.Instant
    let leftOut = LeftOutLines()
    var count = 1
  }

  let window: Duration
  private let most: Int
  private let now: @Sendable () -> ContinuousClock.Instant
  private let kinds = Mutex<[String: Kind]>([:])

  /// - Parameter most: the lines of a kind that are written in a window.
  init(
    most: Int = 10, within window: Duration = .seconds(60),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.most = most
    self.window = window
    self.now = now
  }

  /// - Parameter kind: one of few, such as the code of a problem with its route.
  func admit(_ kind: String) -> Admission {
    let now = now()
    return kinds.withLock { kinds in
      guard var known = kinds[kind], now - known.begun < window else {
        kinds[kind] = Kind(begun: now)
        return .write
      }
      known.count += 1
      kinds[kind] = known
      if known.count <= most { return .write }
      known.leftOut.add()
      return known.count == most + 1 ? .leaveOutFirst(known.leftOut) : .leaveOut
    }
  }
}
