import Synchronization

/// Lets the first lines of a kind through and counts the rest, minute by minute: a flood of refusals would otherwise
/// cost a write to the log for each.
final class RepeatedLogLines: Sendable {
  private struct Kind {
    var begun: ContinuousClock.Instant
    var count = 0
  }

  private let most: Int
  private let window: Duration
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

  /// - Parameter kind: one of few, such as the code of a problem.
  /// - Returns: how many lines of the kind were left out in the window before; nil for a line to leave out.
  func admit(_ kind: String) -> Int? {
    let now = now()
    return kinds.withLock { kinds in
      guard var known = kinds[kind], now - known.begun < window else {
        let leftOut = max(0, (kinds[kind]?.count ?? 0) - most)
        kinds[kind] = Kind(begun: now, count: 1)
        return leftOut
      }
      known.count += 1
      kinds[kind] = known
      return known.count <= most ? 0 : nil
    }
  }
}
