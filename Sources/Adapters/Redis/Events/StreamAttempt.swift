import Synchronization

/// One run of a handler. Who waits for it can give up waiting, also where the handler does not heed its cancellation.
final class StreamAttempt: Sendable {
  private struct State {
    var work: Task<Void, Never>?
    var result: Result<Void, any Error>?
    var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
    var waitsBegun = 0
  }

  private struct Wait {
    let number: Int
    /// Has one element, at the end of the run.
    let end: AsyncStream<Void>
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

  /// How many wait for the end.
  var waits: Int { state.withLock(\.waiting.count) }

  func cancel() { state.withLock(\.work)?.cancel() }

  /// The result; nil if there is none within the time, or before the waiting task is cancelled.
  func result(within limit: Duration) async -> Result<Void, any Error>? {
    let wait = beginWait()
    defer { endWait(wait) }
    let end = wait.end
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
    let wait = beginWait()
    defer { endWait(wait) }
    for await _ in wait.end { break }
    return state.withLock(\.result)
  }

  private func beginWait() -> Wait {
    let (end, waiting) = AsyncStream.makeStream(of: Void.self)
    let (number, hasEnded) = state.withLock { state in
      state.waitsBegun += 1
      if state.result == nil { state.waiting[state.waitsBegun] = waiting }
      return (state.waitsBegun, state.result != nil)
    }
    if hasEnded { waiting.yield() }
    return Wait(number: number, end: end)
  }

  /// A stopped consumer waits again each second, for as long as the run lasts.
  private func endWait(_ wait: Wait) { state.withLock { _ = $0.waiting.removeValue(forKey: wait.number) } }

  private func note(_ result: Result<Void, any Error>) {
    let waiting = state.withLock { state in
      state.result = result
      defer { state.waiting = [:] }
      return Array(state.waiting.values)
    }
    for one in waiting { one.yield() }
  }
}
