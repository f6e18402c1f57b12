import Synchronization

/// Lets the first lines of a kind through and counts the rest, minute by minute: a flood of refusals would otherwise
/// cost a write to the log for each.
public final class RepeatedLogLines: Sendable {
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

  private let window: Duration
  private let most: Int
  private let now: @Sendable () -> ContinuousClock.Instant
  private let wait: @Sendable (Duration) async -> Void
  private let kinds = Mutex<[String: Kind]>([:])

  /// - Parameters:
  ///   - most: the lines of a kind that are written in a window.
  ///   - wait: until the end of a window of which lines were left out.
  public init(
    most: Int = 10, within window: Duration = .seconds(60),
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
    wait: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
  ) {
    self.most = most
    self.window = window
    self.now = now
    self.wait = wait
  }

  /// Writes a line, unless its window has enough of its kind.
  /// - Parameters:
  ///   - kind: one of few, such as the code of a problem with its route: each is kept for as long as the process runs.
  ///   - line: writes the line.
  ///   - more: called at the end of a window with the number of lines that it left out.
  public func write(_ kind: String, _ line: () -> Void, more: @escaping @Sendable (_ leftOut: Int) -> Void) {
    switch admit(kind) {
    case .write: line()
    case .leaveOut: break
    case .leaveOutFirst(let leftOut):
      Task { [wait, window] in
        await wait(window)
        more(leftOut.count)
      }
    }
  }

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
