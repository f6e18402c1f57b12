import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Handles each connection on its event loop. A request that waits only for Redis then never changes its thread; such
/// changes would be most of the cost of a heartbeat. A handler must not block: Argon2, libpq and libcurl have their own
/// threads.
struct EventLoopHTTPChannel<Inner: ServerChildChannel>: ServerChildChannel {
  let inner: Inner
  let edge: EdgeResponseWriter
  let fastPath: (any FastPath)?
  let pace: MinimumBodyRate

  /// Longer than Caddy keeps an upstream connection, so that Caddy closes first.
  private static var idle: TimeAmount { .seconds(180) }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Inner.Value> {
    inner.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandlers(
        [
          IncomingBodyGuard(pace: pace, edge: edge),
          IdleStateHandler(allTimeout: Self.idle),
          FastPathChannelHandler(fastPath ?? NoFastPath(), edge: edge, logger: logger),
        ], position: .after(decoder))
      return value
    }
  }

  func handle(value: Inner.Value, logger: Logger) async {
    await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
      await inner.handle(value: value, logger: logger)
    }
  }
}

private struct NoFastPath: FastPath {
  let route = ""
  func begin(_ head: HTTPRequestHead, answered: @escaping @Sendable (FastPathResponse) -> Void) -> Bool { false }
}

/// Runs the jobs of a task between an event loop's own.
private final class EventLoopExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
