import Application
import ServiceLifecycle
import SubscriptionsAdapter

/// Keeps those who watch talks told. It ends before the ports close, so that they hear that this instance goes away.
struct SubscriptionWorker: Service {
  let subscriptions: SubscriptionHub

  func run() async throws {
    await cancelWhenGracefulShutdown { await subscriptions.run() }
  }
}
