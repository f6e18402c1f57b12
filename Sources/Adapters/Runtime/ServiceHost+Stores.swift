import Application
import CryptoAdapter
import HTTPServing
import PostgresAdapter
import RedisAdapter
import ServiceLifecycle

extension ServiceHost {
  /// The adapters that the routes of every service need, in Redis and Postgres.
  public func servingPorts(tokens: any AccessTokenVerifier) -> CommonRoutePorts {
    CommonRoutePorts(
      tokens: tokens, revocations: RedisRevocationCache(redis: redis),
      limiter: RefusalMemory(RedisRateLimiter(redis: redis)),
      answers: PostgresIdempotencyStore(database: postgres), clock: SystemClock())
  }

  /// Looks whether the task service reads what this one publishes.
  public var taskServiceCheck: any Service {
    let check = TaskServiceCheck(census: PostgresTaskWorkerCensus(database: postgres), logger: logger)
    return worker("check of the task service", every: .seconds(30)) { try await check.runOnce() }
  }

  /// Delivers the events of a subscription, as one of the consumers of its group.
  public func consumer(_ subscription: EventSubscription) -> any Service {
    StreamConsumer(subscription, redis: redis, consumer: instance, logger: logger)
  }

  /// The background work of every service: it publishes its outbox, deletes rows past their retention, and trims the
  /// streams.
  public var upkeep: [any Service] {
    let relay = OutboxRelay(source: name, pool: postgres, bus: RedisEventBus(redis: redis), logger: logger)
    let retention = PostgresRetention(
      service: name, database: postgres, policy: Retention.tables(keeping: settings.retentionDays), logger: logger)
    let trimmer = StreamTrimmer(redis: redis, interval: settings.retentionInterval, logger: logger)
    return [
      worker("outbox relay", every: .milliseconds(500), wokenBy: { relay.commits }) { try await relay.runOnce() },
      worker("retention", every: settings.retentionInterval) { await retention.runOnce() },
      worker("stream trimmer", every: settings.retentionInterval) { try await trimmer.runOnce() },
    ]
  }
}
