/// Runs the work and waits for it so long and no longer. A task group would wait for its children, however long a store
/// takes to let go of a cancelled statement; here work that is late is cancelled and left to end by itself.
/// - Returns: nil where the time is over first, or the caller is cancelled.
public func within<T: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> T) async -> T? {
  let (answers, answer) = AsyncStream.makeStream(of: T?.self, bufferingPolicy: .bufferingOldest(1))
  let working = Task { _ = answer.yield(await work()) }
  let waiting = Task {
    try? await Task.sleep(for: limit)
    answer.yield(nil)
  }
  defer {
    working.cancel()
    waiting.cancel()
  }
  for await first in answers { return first }
  return nil
}
