/// The longest time that a caller waits for a piece of work.
public struct TimeLimit: Sendable {
  private let duration: Duration

  public init(_ duration: Duration) { self.duration = duration }

  /// Runs the work and waits for its result up to the limit. A task group would wait for its children, even if a store
  /// takes long to abort a cancelled statement. Here, work that is late is cancelled and ends on its own.
  /// - Returns: nil if the limit is over first, or if the caller is cancelled.
  public func run<T: Sendable>(_ work: @escaping @Sendable () async -> T) async -> T? {
    let (results, result) = AsyncStream.makeStream(of: T?.self, bufferingPolicy: .bufferingOldest(1))
    let working = Task { _ = result.yield(await work()) }
    let waiting = Task {
      try? await Task.sleep(for: duration)
      result.yield(nil)
    }
    defer {
      working.cancel()
      waiting.cancel()
    }
    for await first in results { return first }
    return nil
  }
}
