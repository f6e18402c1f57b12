import Foundation
import Synchronization

/// A few threads for blocking work that clients take turns at.
final class FairWorkQueue<Client: Hashable & Sendable>: Sendable {
  /// Thrown where too much work is waiting already.
  struct Busy: Error {}

  private struct Work: Sendable {
    let run: @Sendable () -> Void
    let refuse: @Sendable () -> Void
  }

  private struct State {
    var waiting: FairQueue<Client, Work>
    /// The signals that found only work that has to wait for other work of its client.
    var postponed = 0
    var isClosed = false
  }

  private let state: Mutex<State>
  private let semaphore = DispatchSemaphore(value: 0)
  private let threads: Int

  /// - Parameters:
  ///   - maximumOfClient: the work that may wait for one client.
  ///   - maximum: the work that may wait altogether.
  ///   - crowd: the waiting work beyond which a client has one thread less than there are.
  init(threads: Int, maximumOfClient: Int, maximum: Int, crowd: Int = .max) {
    self.threads = threads
    let waiting = FairQueue<Client, Work>(
      maximumOfClient: maximumOfClient, maximum: maximum, crowd: crowd, crowdAtOnce: max(1, threads - 1))
    state = Mutex(State(waiting: waiting))
    for number in 0..<threads {
      let thread = Thread { [self] in
        // The event loops share the cores with this work, and they must answer within milliseconds.
        yieldCoreToOthers()
        while let work = next() { work?() }
      }
      thread.name = "talktime.work.\(number)"
      thread.start()
    }
  }

  /// - Throws: `Busy`
  func run<T: Sendable>(for client: Client, _ body: @escaping @Sendable () -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work(
        run: { continuation.resume(returning: body()) }, refuse: { continuation.resume(throwing: Busy()) })
      switch state.withLock({ $0.isClosed ? .refused : $0.waiting.add(work, of: client) }) {
      case .added: semaphore.signal()
      // The displaced work leaves its signal to the one that took its place.
      case .displaced(let other): other.refuse()
      case .refused: work.refuse()
      }
    }
  }

  /// Whether the client's work would not be refused now.
  func hasRoom(for client: Client) -> Bool { state.withLock { !$0.isClosed && $0.waiting.hasRoom(for: client) } }

  /// How much work waits.
  var waiting: Int { state.withLock { $0.waiting.count } }

  /// Ends the threads once the waiting work is done.
  func close() {
    let postponed = state.withLock { state in
      state.isClosed = true
      defer { state.postponed = 0 }
      return state.postponed
    }
    for _ in 0..<(threads + postponed) { semaphore.signal() }
  }

  private func next() -> (@Sendable () -> Void)?? {
    semaphore.wait()
    return state.withLock { state in
      if let (client, work) = state.waiting.next(holdingCrowdsBack: !state.isClosed) {
        return .some { [self] in
          work.run()
          finish(client)
        }
      }
      if state.isClosed { return nil }
      if state.waiting.count > 0 { state.postponed += 1 }
      return .some(nil)
    }
  }

  /// Wakes the threads for work that had to wait for this.
  private func finish(_ client: Client) {
    let signals = state.withLock { state in
      state.waiting.finish(client)
      let signals = min(state.postponed, threads)
      state.postponed -= signals
      return signals
    }
    for _ in 0..<signals { semaphore.signal() }
  }
}

/// Lowers the priority of the calling thread.
private func yieldCoreToOthers() {
  #if canImport(Glibc)
    // Linux applies the nice value 10 to this thread alone, although POSIX speaks of the process.
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
  #endif
}
