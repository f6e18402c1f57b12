import LiveLinkAdapter
import Runtime

await runService {
  let settings = try SessionSettings()
  // Beats are accepted while Postgres is unavailable.
  let host = try ServiceHost(name: "session", settings: settings.common, needs: [.redis])
  let verifier = host.tokenVerifier()
  let session = SessionModule(settings, try SessionPorts(host, settings, tokens: verifier))
  let talks = session.talks
  let links = LinkServer(host, settings, join: talks.join, beat: talks.beat, end: talks.end)
  try await host.run(
    session.api, verifier: verifier, background: host.upkeep + [host.taskServiceCheck] + session.workers(host),
    fronts: [links, TalkSubscriptionWorker(subscriptions: talks.subscriptions)], gauges: session.gauges(links))
}
