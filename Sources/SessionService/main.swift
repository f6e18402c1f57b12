import Application
import CryptoAdapter
import Domain
import HTTPServing
import LiveLinkAdapter
import PostgresAdapter
import RedisAdapter
import Runtime
import ServiceLifecycle

await runService {
  let settings = try SessionSettings()
  // Beats are taken while Postgres is away.
  let host = try ServiceHost(name: "session", settings: settings.common, needs: [.redis])
  let verifier = host.tokenVerifier(copy: RedisKeySetCache(redis: host.redis))
  let live = RedisLiveTalkStore(
    redis: host.redis, grace: settings.grace, longest: settings.longest,
    // Twice as often as a page beats, and ten at once: a reload, a second tab.
    limit: settings.common.developmentLimits ? BeatLimit(interval: 0, burst: 1) : BeatLimit(interval: 1_000, burst: 10))
  let ledger = PostgresTalkLedger(database: host.postgres)
  let settle = SettleTalk(live: live, ledger: ledger)
  let slices = SliceRequester(hold: HoldSlice(live: live, ledger: ledger))
  let elevenLabs = try ElevenLabsComposition(host, settings.eleven, ledger: ledger, live: live)
  let beat = TakeHeartbeat(live: live, slices: slices)
  let end = EndTalk(live: live, ledger: ledger, settle: settle)
  let endByOperator = EndTalkByOperator(live: live, history: ledger, actions: ledger, end: end)
  let orders = RedisDrainOrderStore(redis: host.redis)
  let revocations = RedisRevocationStore(redis: host.redis)
  let authenticator = Authenticator(tokens: verifier, revocations: revocations)
  let read = ReadTalk(live: live, history: ledger)
  let routes = SessionRoutes(
    start: StartTalk(
      live: live, ledger: ledger, invite: elevenLabs.invite, random: SystemRandom(), settle: settle,
      most: settings.mostTalks),
    beat: beat, end: end, endByOperator: endByOperator, admit: AdmitTalk(orders: orders, isLeaving: host.isLeaving),
    proof: ReadProof(ledger: ledger), read: read, authenticator: authenticator,
    limiter: RedisRateLimiter(redis: host.redis),
    limits: LimitProfile(development: settings.common.developmentLimits),
    answers: PostgresIdempotencyStore(database: host.postgres), clock: SystemClock(),
    agents: settings.eleven.agents, allowsWebRTC: settings.eleven.allowsWebRTC)
  let fastPath = HeartbeatFastPath(beat: routes.beat, tokens: verifier)
  let router = Serving.router()
  routes.add(to: router)
  OperatorRoutes(
    list: ListLiveTalks(live: live, ledger: ledger), end: endByOperator,
    drain: DrainTalks(orders: orders, actions: ledger, clock: SystemClock()), authenticator: authenticator
  ).add(to: router)
  elevenLabs.webhook.add(to: router)
  let subscriptions = SubscriptionHub(
    feed: RedisTalkFeed(redis: host.redis, longest: settings.longest), clock: SystemClock(), random: SystemRandom())
  TalkEvents(subscriptions: subscriptions, read: read, authenticator: authenticator).add(to: router)
  let join = JoinTalk(tokens: verifier, revocations: revocations, talks: subscriptions)
  let links = LinkServer(host, settings, join: join, beat: beat, end: end)
  let consumers = SessionConsumers(
    host: host, live: live, plans: live, settle: settle, closed: EndTalkOfClosedAccount(live: live, accounts: ledger))
  let relay = OutboxRelay(
    source: "session", pool: host.postgres, bus: RedisEventBus(redis: host.redis), logger: host.logger)
  let retention = PostgresRetention(service: "session", database: host.postgres, logger: host.logger)
  let trimmer = StreamTrimmer(redis: host.redis, interval: host.settings.retentionInterval, logger: host.logger)
  let ticker = TalkTicker(redis: host.redis)
  let holds = ExpiredHoldWorker(ledger: ledger, settle: settle, logger: host.logger)
  let reviews = elevenLabs.reviewWorker
  let background: [any Service] = [
    host.worker("outbox relay", every: .milliseconds(500), wokenBy: { relay.commits }) { try await relay.runOnce() },
    host.worker("retention", every: host.settings.retentionInterval) { await retention.runOnce() },
    host.worker("stream trimmer", every: host.settings.retentionInterval) { try await trimmer.runOnce() },
    Worker("deadlines", every: TalkTicker.interval, logger: host.logger) {
      try await ticker.runOnce() ? .atOnce : .later
    },
    slices,
    host.worker("expired holds", every: .seconds(10)) { try await holds.runOnce() },
    // Woken when a talk of this process is settled; the poll finds the others.
    host.worker(
      "conversation reviews", every: .seconds(1),
      wokenBy: { host.postgres.commits(announcing: PostgresTalkLedger.dueConversations) }
    ) { try await reviews.runOnce() },
  ]
  try await host.run(
    router, prefix: "/sessions", verifier: verifier, problems: .sessions, fastPath: fastPath,
    background: background + consumers.all,
    fronts: [links, SubscriptionWorker(subscriptions: subscriptions)],
    gauges: [
      MetricsGauge("talktime_live_sessions") {
        guard let count = try? await live.count() else { return [] }
        return [([], Double(count))]
      },
      MetricsGauge("talktime_links") { [([], Double(links.count.value))] },
      MetricsGauge("talktime_watchers") { [([], Double(subscriptions.count))] },
    ])
}
