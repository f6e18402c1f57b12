import Application
import HTTPServing
import HTTPTransport
import Logging
import PostgresDriver
import RedisDriver

/// The settings that every service reads.
public struct CommonSettings: Sendable {
  public let isProduction: Bool
  public let publicURL: String
  public let host: String
  public let port: Int
  public let logLevel: Logger.Level
  public let redisURL: String
  /// A PEM file of authorities to trust for `rediss://` instead of the system's.
  public let redisAuthorities: String?
  public let databaseURL: String
  /// A direct address for LISTEN, needed if `databaseURL` leads through a transaction pooler.
  public let databaseListenURL: String
  /// Whether the session of a database connection belongs to this service alone; nil if the service detects it.
  public let preparedStatements: Bool?
  public let databaseConnections: Int
  /// The time between two runs of the retention workers, in Postgres and in the streams.
  public let retentionInterval: Duration
  public let retentionDays: RetentionDays
  public let authServiceURL: String
  /// The limits of each single provider.
  public let providerLimits: ProviderLimits
  /// How fast the body of a request must arrive.
  public let bodyPace: MinimumBodyRate
  public let serviceManager: ServiceManagerSettings
  /// Generous limits for a developer's own machine and for tests.
  public let developmentLimits: Bool

  /// - Parameter service: `auth`, `billing`, `session` or `task`: its own database address has precedence over the
  ///   common one.
  public init(_ reader: SettingsReader, service: String) {
    let environment = reader.string("ENVIRONMENT", default: "production")
    if !["production", "development"].contains(environment) { reader.add("ENVIRONMENT is production or development") }
    isProduction = environment != "development"
    publicURL = reader.baseURL("PUBLIC_URL")
    host = reader.string("HTTP_HOST", default: "127.0.0.1")
    port = reader.port("HTTP_PORT")
    logLevel = Logger.Level(rawValue: reader.string("LOG_LEVEL", default: "info")) ?? .info
    redisURL = reader.required("REDIS_URL", secret: true)
    redisAuthorities = reader.optional("REDIS_CA")
    databaseURL = reader.required("\(service.uppercased())_DATABASE_URL", "DATABASE_URL", secret: true)
    databaseListenURL = reader.optional("DATABASE_LISTEN_URL", secret: true) ?? databaseURL
    preparedStatements = reader.optional("DATABASE_PREPARED").map { _ in
      reader.flag("DATABASE_PREPARED", default: true)
    }
    databaseConnections = reader.int("DATABASE_CONNECTIONS", default: 8, in: SettingRange.databaseConnections)
    retentionInterval = .milliseconds(reader.span("RETENTION_INTERVAL", default: .seconds(30)).milliseconds)
    let inboxDays = reader.int("INBOX_DAYS", default: 30, in: RetentionDays.inboxRange)
    // Only the task service has plans.
    let planDays = service == "task" ? reader.int("PLAN_DAYS", default: 365, in: 0...36_500) : 0
    retentionDays = RetentionDays(plans: planDays, inbox: inboxDays)
    authServiceURL = reader.baseURL("AUTH_SERVICE_URL", default: "http://127.0.0.1:9101")
    providerLimits = ProviderLimits(
      requests: reader.int("PROVIDER_REQUESTS", default: 128, in: 1...1_000),
      breaker: CircuitBreaker.Policy(
        failures: reader.int("PROVIDER_FAILURES", default: 5, in: 1...1_000), firstPause: .seconds(1),
        longestPause: .seconds(reader.int("PROVIDER_PAUSE_SECONDS", default: 30, in: 1...3_600))))
    // No client waits for more than a day.
    let grace = min(max(reader.span("REQUEST_BODY_GRACE", default: .seconds(10)).milliseconds, 1), 86_400_000)
    bodyPace = MinimumBodyRate(
      grace: .milliseconds(grace), rate: reader.int("REQUEST_BODY_RATE", default: 32_768, in: 1...1_000_000_000))
    serviceManager = ServiceManagerSettings(reader)
    developmentLimits = reader.string("RATE_LIMITS", default: "production") == "development"
    checkAddresses(reader, service.uppercased())
  }

  /// None of these messages contains a password.
  private func checkAddresses(_ reader: SettingsReader, _ service: String) {
    for name in ["\(service)_DATABASE_URL", "DATABASE_URL", "DATABASE_LISTEN_URL"] {
      guard let url = reader.optional(name, secret: true) else { continue }
      do { _ = try DatabaseAddress(url) } catch { reader.add("\(name): \(error.message)") }
    }
    guard !redisURL.isEmpty else { return }
    do { _ = try RedisURL(redisURL) } catch { reader.add("REDIS_URL: \(error)") }
  }
}
