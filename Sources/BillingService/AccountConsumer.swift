import Application
import Domain
import PostgresDriver
import RedisAdapter
import Runtime
import ServiceLifecycle

/// Erases what billing has of a person when the account is deleted. A repeat erases nothing more.
struct AccountConsumer {
  let host: ServiceHost
  let buyers: any BuyerEraser

  var consumer: any Service {
    let buyers = buyers
    return StreamConsumer(
      redis: host.redis, stream: Keyspace.events(.identity), dead: Keyspace.deadLetters("identity"),
      group: ConsumerGroupName.buyers.rawValue, consumer: host.instance, logger: host.logger,
      // What Postgres refuses for good becomes a dead letter.
      isAway: { ($0 as? PostgresError)?.isRefusal == false },
      handler: { envelope in
        guard let gone = try envelope.event(UserDeleted.self) else { return }
        try await buyers.erase(gone.userID)
      })
  }
}
