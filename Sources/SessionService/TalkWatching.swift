import Application
import ServiceLifecycle

/// Keeps those who watch talks told. It ends before the ports close, so that they hear that this instance goes away.
struct TalkWatching: Service {
  let watchers: TalkWatchers

  func run() async throws {
    await cancelWhenGracefulShutdown { await watchers.run() }
  }
}
