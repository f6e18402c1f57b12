import Synchronization

/// One run of a handler. Who waits for it can give up waiting, also where the handler does not heed its cancellation.
final class StreamAttempt: Sendable {
  private struct State {
    var work: Task<Void, Never>?
    var result: Result<Void, any Error>?
    var waiting: [AsyncStream<Void>.Continuation] = []
  }

  private let state = Mutex(State())

  /// Begins the run.
  init(_ body: @escaping @Sendable () async throws -> Void) {
    let work = Task { [self] in
      do {
        try await body()
        note(.success(()))
      } catch {
        note(.failure(error))
      }
    }
    state.withLock { $0.work = work }
  }

  func cancel() { state.withLock(\.work)?.cancel() }

  /// The result; nil if there is none within the time, or before the waiting task is cancelled.
  func result(within limit: Duration) async -> Result<Void, any Error>? {
    let end = end()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in end { return } }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
    return state.withLock(\.result)
  }

  /// The result, whenever there is one; nil if the waiting task is cancelled before.
  func result() async -> Result<Void, any Error>? {
    for await _ in end() { break }
    return state.withLock(\.result)
  }

  /// Has one element, at the end of the run.
  private func end() -> AsyncStream<Void> {
    let (end, waiting) = AsyncStream.makeStream(of: Void.self)
    let hasEnded = state.withLock { state in
      if state.result == nil { state.waiting.append(waiting) }
      return state.result != nil
    }
    if hasEnded { waiting.yield() }
    return end
  }

  private func note(_ result: Result<Void, any Error>) {
    let waiting = state.withLock { state in
      state.result = result
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.yield() }
  }
}
