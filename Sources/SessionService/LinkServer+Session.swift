import Application
import LiveLinkAdapter
import RedisDriver
import Runtime
import TalkJSON

extension LinkServer {
  /// The port of the live links. Like /readyz of the other port, it reports not ready while the service shuts down or
  /// Redis is unavailable.
  convenience init(
    _ host: ServiceHost, _ settings: SessionSettings, join: SubscribeToTalk, beat: TakeHeartbeat, end: EndTalk
  ) {
    let (isLeaving, redis) = (host.isLeaving, host.redis)
    self.init(
      LinkDependencies(
        join: join, beat: beat, end: end, clock: SystemClock(), interval: HeartbeatResponse.interval,
        limits: settings.common.developmentLimits ? .development : .production),
      address: LinkServerAddress(
        host: settings.common.host, port: settings.linkPort, publicURL: settings.common.publicURL),
      group: host.group, logger: host.logger,
      isReady: {
        if isLeaving() { return false }
        return (try? await redis.send(RedisCommand("PING"))) != nil
      })
  }
}
