import Logging
import ServiceLifecycle

/// Runs one piece of work repeatedly until the service stops: at once, then after each pause, and whenever it is woken.
/// Several wake-ups during a run count as one.
public struct Worker: Service {
  /// When the next run is due, if nothing wakes the worker before.
  public enum Next: Sendable, Equatable {
    /// After the worker's usual pause.
    case later
    case after(Duration)
    /// There is more to do.
    case atOnce
  }

  private let name: String
  private let pause: Duration
  private let pauseAfterFailure: Duration
  private let wake: (@Sendable () -> AsyncStream<Void>)?
  private let logger: Logger
  private let runOnce: @Sendable () async throws -> Next

  /// - Parameters:
  ///   - name: for the log, such as `outbox relay`.
  ///   - every: the usual pause between two runs.
  ///   - retryAfter: the pause after a failed run; nil for the usual one.
  ///   - wokenBy: wakes the worker while it runs.
  ///   - runOnce: does the work once; tests call it too. A repeated error is logged once, until a run succeeds.
  public init(
    _ name: String, every pause: Duration, retryAfter: Duration? = nil,
    wokenBy wake: (@Sendable () -> AsyncStream<Void>)? = nil, logger: Logger,
    runOnce: @escaping @Sendable () async throws -> Next
  ) {
    self.name = name
    self.pause = pause
    self.pauseAfterFailure = retryAfter ?? pause
    self.wake = wake
    self.logger = logger
    self.runOnce = runOnce
  }

  public func run() async throws {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        if let wake { group.addTask { for await _ in wake() { signal.yield() } } }
        await work(signals, signal)
        group.cancelAll()
      }
    }
  }

  private func work(_ signals: AsyncStream<Void>, _ signal: AsyncStream<Void>.Continuation) async {
    var iterator = signals.makeAsyncIterator()
    var hasFailed = false
    while !Task.isCancelled {
      var next = Next.after(pauseAfterFailure)
      do {
        next = try await runOnce()
        hasFailed = false
      } catch {
        if !Task.isCancelled {
          logger.log(level: hasFailed ? .debug : .warning, "\(name) failed", metadata: ["error": "\(error)"])
        }
        hasFailed = true
      }
      let pause: Duration
      switch next {
      case .atOnce: continue
      case .later: pause = self.pause
      case .after(let duration): pause = duration
      }
      let timer = Task {
        try await Task.sleep(for: pause)
        signal.yield()
      }
      _ = await iterator.next()
      timer.cancel()
    }
  }
}
