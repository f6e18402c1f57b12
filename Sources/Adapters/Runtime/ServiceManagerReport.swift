import Logging
import NIOCore
import ServiceLifecycle

/// Tells the service manager that the service serves, that it stops, and, for its watchdog, that the event loops still
/// run. A report that cannot be sent changes nothing for the service.
public struct ServiceManagerReport: Service {
  private let socket: ServiceManagerSocket
  private let watchdog: Duration?
  private let pause: Duration
  private let loops: EventLoopProbe
  private let logger: Logger
  private let missing: @Sendable () async -> [String]

  /// - Parameters:
  ///   - watchdog: the time within which the manager wants a sign of life; nil if it wants none.
  ///   - pause: the time between two looks at what is missing.
  ///   - loops: the event loops that must run.
  ///   - missing: what the service waits for before it can serve, for the manager's status; empty when it serves.
  public init(
    to socket: ServiceManagerSocket, watchdog: Duration?, every pause: Duration = .milliseconds(250),
    loops: [any EventLoop], logger: Logger, missing: @escaping @Sendable () async -> [String]
  ) {
    self.socket = socket
    self.watchdog = watchdog
    self.pause = pause
    self.loops = EventLoopProbe(loops)
    self.logger = logger
    self.missing = missing
  }

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        if let watchdog { group.addTask { await feed(watchdog) } }
        await announce()
        // The end of this service would end all others, too.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
        group.cancelAll()
      }
    }
  }

  /// Reports the service ready as soon as it serves. Until then the manager must wait on: the service is alive and only
  /// lacks something, such as Redis.
  private func announce() async {
    var hasFailed = false
    while !Task.isCancelled {
      let missing = await missing()
      let outcome = socket.send(
        missing.isEmpty
          ? "READY=1\nSTATUS=serving"
          : "EXTEND_TIMEOUT_USEC=30000000\nSTATUS=waiting for \(missing.joined(separator: ", "))")
      if case .failed(let error) = outcome, !hasFailed {
        hasFailed = true
        logger.warning("the service manager cannot be told", metadata: ["errno": "\(error)"])
      }
      if missing.isEmpty, outcome == .sent { return }
      try? await Task.sleep(for: pause)
    }
  }

  /// Four signs of life within the manager's time, so that one which comes late does no harm.
  private func feed(_ watchdog: Duration) async {
    while !Task.isCancelled {
      if loops.allAnswered() { socket.send("WATCHDOG=1") }
      try? await Task.sleep(for: watchdog / 4)
    }
  }
}
