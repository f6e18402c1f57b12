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
    var isClosed = false
  }

  private let state: Mutex<State>
  private let semaphore = DispatchSemaphore(value: 0)
  private let threads: Int

  /// - Parameters:
  ///   - maximumOfClient: the work that may wait for one client.
  ///   - maximum: the work that may wait altogether.
  init(threads: Int, maximumOfClient: Int, maximum: Int) {
    self.threads = threads
    state = Mutex(State(waiting: FairQueue(maximumOfClient: maximumOfClient, maximum: maximum)))
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

  /// Ends the threads once the waiting work is done.
  func close() {
    state.withLock { $0.isClosed = true }
    for _ in 0..<threads { semaphore.signal() }
  }

  private func next() -> (@Sendable () -> Void)?? {
    semaphore.wait()
    return state.withLock { state in
      if let work = state.waiting.next() { return .some(work.run) }
      return state.isClosed ? nil : .some(nil)
    }
  }
}

/// Lowers the priority of the calling thread.
private func yieldCoreToOthers() {
  #if canImport(Glibc)
    // Linux applies the nice value 10 to this thread alone, although POSIX speaks of the process.
    _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
  #endif
}
