import CryptoAdapter
import FoundationEssentials
import HTTPServing
import HTTPTransport
import Hummingbird
import Logging
import Metrics
import NIOCore
import NIOPosix
import PostgresDriver
import RedisAdapter
import RedisDriver
import ServiceLifecycle

/// What every service needs: its logger, its pool, its Redis, its transport to other servers, and the order in which
/// they start and stop.
public struct ServiceHost: Sendable {
  /// `auth`, `billing`, `session` or `task`.
  public let name: String
  public let settings: CommonSettings
  /// The unique name of this process; no other process has it or ever had it.
  public let instance: String
  public let logger: Logger
  public let postgres: PostgresPool
  /// Used only for LISTEN.
  public let listener: PostgresPool
  public let redis: RedisClient
  private let http: HTTPTransport
  private let ways = ProviderTransportGauges()
  public let group: any EventLoopGroup
  private let drain: ShutdownReadinessDelay
  /// Whether this instance was asked to shut down. It then finishes requests in progress and accepts nothing
  /// long-lived.
  public var isLeaving: @Sendable () -> Bool { { [drain] in drain.hasBegun } }
  private let needs: Set<Dependency>

  public enum Dependency: Sendable { case redis, postgres }

  /// - Parameter needs: the dependencies without which /readyz reports not ready, so that Caddy sends no requests here.
  ///   A service that can do its most important work without a dependency, such as taking beats while Postgres cannot
  ///   be reached, does not list it.
  public init(name: String, settings: CommonSettings, needs: Set<Dependency>) throws {
    var logger = Logger(label: "talktime.\(name)") { _ in JSONLogHandler(service: name) }
    logger.logLevel = settings.logLevel
    self.name = name
    self.settings = settings
    let suffix = String(UInt64.random(in: 0 ... .max), radix: 36)
    instance = "\(name)-\(ProcessInfo.processInfo.hostName)-\(suffix)"
    self.needs = needs
    self.logger = logger
    group = MultiThreadedEventLoopGroup.singleton
    var database = PostgresConfiguration(
      url: settings.databaseURL, applicationName: "talktime-\(name)",
      maximumConnections: settings.databaseConnections, preparedStatements: settings.preparedStatements)
    let durations = Timer(label: "talktime_postgres_query_duration_seconds")
    database.onDuration = { durations.record(duration: $0) }
    postgres = try PostgresPool(configuration: database, logger: logger)
    listener = try PostgresPool(
      configuration: PostgresConfiguration(
        url: settings.databaseListenURL, applicationName: "talktime-\(name)-listen", maximumConnections: 1),
      logger: logger)
    var store = try RedisConfiguration(url: settings.redisURL, authorities: settings.redisAuthorities)
    store.firstCommands = [RedisRevocationCache.dropForeignMarkers]
    redis = RedisClient(configuration: store, eventLoopGroup: group, logger: logger)
    http = HTTPTransport(logger: logger)
    let manager = settings.serviceManager.socket
    drain = ShutdownReadinessDelay { manager?.send("STOPPING=1\nSTATUS=draining") }
  }

  /// The transport to a provider, with its own budget and breakers.
  /// - Parameter name: such as `razorpay`, for the log and the metrics.
  public func provider(_ name: String) -> GuardedRequestSender {
    ways.add(GuardedRequestSender(name, over: http, limits: settings.providerLimits, logger: logger))
  }

  /// The transport to this system's own services, apart from the providers'. It has no circuit breaker, because it is
  /// used to find out whether the services are alive.
  /// - Parameter requests: the most requests in progress.
  public func ownServices(_ name: String, requests: Int) -> GuardedRequestSender {
    ways.add(
      GuardedRequestSender(name, over: http, limits: ProviderLimits(requests: requests, breaker: nil), logger: logger))
  }

  /// A worker with this service's logger and usual pause.
  public func worker(
    _ name: String, every pause: Duration, retryAfter: Duration? = nil,
    wokenBy wake: (@Sendable () -> AsyncStream<Void>)? = nil, runOnce: @escaping @Sendable () async throws -> Void
  ) -> Worker {
    Worker(name, every: pause, retryAfter: retryAfter, wokenBy: wake, logger: logger) {
      try await runOnce()
      return .later
    }
  }

  /// The response to `/readyz`.
  private func readiness(_ verifier: TokenVerifier, _ more: [Readiness.Check]) -> Readiness {
    Readiness(
      [
        .init("redis", isNeeded: needs.contains(.redis)) { [redis] in
          (try? await redis.send(RedisCommand("PING"))) != nil
        },
        .init("postgres", isNeeded: needs.contains(.postgres)) { [postgres] in
          (try? await postgres.query("SELECT 1")) != nil
        },
        .init("keys", isNeeded: true) { verifier.hasKeys },
      ] + more,
      isDraining: { [drain] in drain.hasBegun })
  }

  /// Serves until SIGTERM or SIGINT. Then /readyz reports not ready for three of Caddy's checks while requests are
  /// still served. After that the ports close, the background services end, and the connections close last.
  /// - Parameters:
  ///   - background: services that run beside the requests and end after them.
  ///   - fronts: serve on their own ports; they end before the requests do.
  public func run(
    _ api: ServiceAPI, verifier: TokenVerifier, background: [any Service], fronts: [any Service] = [],
    checks: [Readiness.Check] = [], gauges: [MetricsGauge] = []
  ) async throws {
    api.router.addMetricsRoute(
      .process, gauges: gauges + OutboxGauges.all(name, postgres) + StoreGauges.all(postgres, redis) + ways.gauges)
    let readiness = readiness(verifier, checks)
    api.router.addHealthRoutes(prefix: api.prefix, readiness: readiness, answersForAll: api.answersForAll)
    let (logger, port) = (logger, OpenPort())
    let application = Serving.application(
      api.router, host: settings.host, port: settings.port, name: name, publicURL: settings.publicURL, logger: logger,
      problems: api.problems, pace: settings.bodyPace, fastPath: api.fastPath,
      onReady: { _ in
        port.open()
        logger.info("serving")
      })
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: (managerReports(readiness, port) + [postgres, listener, redis, keyRefresh(verifier)] + background
          + [application] + fronts + [drain])
          .map {
            .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
          },
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
    http.close()
  }
}
