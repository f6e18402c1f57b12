import Application
import HTTPServing
import HTTPTransport
import Logging
import PostgresAdapter
import RedisAdapter
import Runtime

/// The ports of the routes of tasks, by role.
struct TaskPorts: Sendable {
  let serving: CommonRoutePorts
  var tasks: any TaskReader
  var administration: any TaskAdministration
  var actions: any TaskActionRepository
  var types: any TaskTypeAdministration
  var plans: any CarePlanReader
  var planEraser: any CarePlanEraser
  var streams: any StreamAdministration
  var replays: any DeadLetterReplayLog
  var traces: any EventTraceReader
  var published: any PublishedEventReader
  var bus: any EventPublisher
  var undeliverable: any UndeliverableAddressRepository
  /// Sends the health checks to the four services.
  var health: any RequestSender
  let logger: Logger
}

extension TaskPorts {
  /// Uses Postgres and Redis.
  init(_ host: ServiceHost, _ settings: TaskSettings, tokens: any AccessTokenVerifier) {
    self.init(
      serving: host.servingPorts(tokens: tokens), tasks: PostgresTaskReader(database: host.postgres),
      administration: PostgresTaskAdministration(database: host.postgres),
      actions: PostgresTaskActionRepository(database: host.postgres),
      types: PostgresTaskTypeAdministration(database: host.postgres),
      plans: PostgresCarePlanReader(database: host.postgres, sealer: settings.carePlanSealer),
      planEraser: PostgresCarePlanEraser(pool: host.postgres),
      streams: RedisStreamAdministration(redis: host.redis),
      replays: PostgresDeadLetterReplayLog(database: host.postgres),
      traces: PostgresEventReader(database: host.postgres), published: PostgresEventReader(database: host.postgres),
      bus: RedisEventBus(redis: host.redis),
      undeliverable: PostgresUndeliverableAddressRepository(database: host.postgres),
      health: host.ownServices("health", requests: 16), logger: host.logger)
  }
}
