import HTTPServing
import PostgresDriver
import RedisDriver

/// The use of a service's connections to Postgres and Redis, for `/metrics`. No store is asked.
enum StoreGauges {
  static func all(_ database: PostgresPool, _ redis: RedisClient) -> [MetricsGauge] {
    [
      MetricsGauge("talktime_postgres_connections") {
        let use = database.use
        return [([("state", "idle")], Double(use.open - use.inUse)), ([("state", "in_use")], Double(use.inUse))]
      },
      MetricsGauge("talktime_postgres_waiting") { [([], Double(database.use.waiting))] },
      MetricsGauge("talktime_redis_commands") { [([], Double(redis.commandsInFlight))] },
    ]
  }
}
