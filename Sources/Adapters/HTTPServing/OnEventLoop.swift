import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Handles each connection on the event loop that it belongs to. A request that waits for nothing but Redis then never
/// changes its thread, which is most of what a heartbeat would cost otherwise. Nothing in a handler may block: Argon2,
/// libpq and libcurl have threads of their own.
struct OnEventLoop<Inner: ServerChildChannel>: ServerChildChannel {
  let inner: Inner
  let edge: Edge
  let fastPath: (any FastPath)?
  let pace: BodyPace

  /// Longer than Caddy keeps an upstream connection, so that it is Caddy who closes first.
  private static var idle: TimeAmount { .seconds(180) }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Inner.Value> {
    inner.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandlers(
        [
          IncomingBodyHandler(pace: pace, edge: edge),
          IdleStateHandler(allTimeout: Self.idle),
          FastPathHandler(fastPath ?? NoFastPath(), edge: edge, logger: logger),
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
