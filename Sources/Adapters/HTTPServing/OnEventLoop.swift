import HummingbirdCore
import Logging
import NIOCore

/// Handles each connection on the event loop that it belongs to. A request that waits for nothing but Redis then never
/// changes its thread, which is most of what a heartbeat would cost otherwise. Nothing in a handler may block: Argon2,
/// libpq and libcurl have threads of their own.
struct OnEventLoop<Inner: ServerChildChannel>: ServerChildChannel {
  let inner: Inner

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Inner.Value> {
    inner.setup(channel: channel, logger: logger)
  }

  func handle(value: Inner.Value, logger: Logger) async {
    await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
      await inner.handle(value: value, logger: logger)
    }
  }
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
