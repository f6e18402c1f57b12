/// How long a caller waits for a piece of work.
public struct TimeLimit: Sendable {
  private let duration: Duration

  public init(_ duration: Duration) { self.duration = duration }

  /// Runs the work and waits for it until the limit. A task group would wait for its children, however long a store takes
  /// to let go of a cancelled statement. Work that is late is cancelled here and left to end by itself.
  /// - Returns: nil where the limit is over first, or the caller is cancelled.
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
