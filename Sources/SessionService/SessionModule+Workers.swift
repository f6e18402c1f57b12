import Application
import HTTPServing
import LiveLinkAdapter
import PostgresAdapter
import RedisAdapter
import Runtime
import ServiceLifecycle

extension SessionModule {
  /// The background work of the session service.
  func workers(_ host: ServiceHost) -> [any Service] {
    let ticker = RedisDueTalkEnder(redis: host.redis)
    let holds = UnsettledTalkWorker(
      ledger: ports.ledger, history: ports.history, settle: talks.settle, logger: host.logger)
    let checks = conversations.checks
    let consumers = SessionConsumers(
      live: ports.live, plans: ports.live, settle: talks.settle,
      closed: EndTalkOfClosedAccount(live: ports.live, accounts: ports.accounts))
    return [
      Worker("deadlines", every: RedisDueTalkEnder.interval, logger: host.logger) {
        try await ticker.runOnce() ? .atOnce : .later
      },
      talks.slices,
      host.worker("expired holds", every: .seconds(10)) { try await holds.runOnce() },
      // Woken when this process has settled a talk; the poll finds the others.
      host.worker(
        "duration checks", every: .seconds(1),
        wokenBy: { host.postgres.commits(announcing: PostgresDurationCheckQueue.dueConversations) }
      ) { try await checks.runOnce() },
    ] + consumers.all.map { host.consumer($0) }
  }

  func gauges(_ links: LinkServer) -> [MetricsGauge] {
    let (live, subscriptions) = (ports.live, talks.subscriptions)
    return [
      MetricsGauge("talktime_live_sessions") {
        guard let count = try? await live.count() else { return [] }
        return [([], Double(count))]
      },
      MetricsGauge("talktime_links") { [([], Double(links.count.value))] },
      MetricsGauge("talktime_watchers") { [([], Double(subscriptions.count))] },
    ]
  }
}
