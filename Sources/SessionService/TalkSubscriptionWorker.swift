import Application
import ServiceLifecycle
import SubscriptionsAdapter

/// Delivers changes to the subscriptions of talks. It ends before the ports close, so that the subscribers are informed
/// that this instance shuts down.
struct TalkSubscriptionWorker: Service {
  let subscriptions: TalkSubscriptionHub

  func run() async throws {
    await cancelWhenGracefulShutdown { await subscriptions.run() }
  }
}
