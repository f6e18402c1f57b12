import Application
import Logging
import RedisDriver

extension StreamConsumer {
  /// A consumer for a service's subscription.
  /// - Parameter consumer: a name that no other process has or ever had.
  public init(_ subscription: EventSubscription, redis: RedisClient, consumer: String, logger: Logger) {
    self.init(
      redis: redis, stream: subscription.source.stream, dead: subscription.source.deadLetters,
      group: subscription.group.rawValue, consumer: consumer, maximumTries: subscription.maximumTries, logger: logger,
      isAway: subscription.isAway, isFinal: subscription.isFinal, handler: subscription.handle)
  }
}

extension EventSubscription.Source {
  /// The key of the stream.
  var stream: String {
    switch self {
    case .context(let context): Keyspace.events(context)
    case .endedTalks(let shard): Keyspace.ended(shard)
    }
  }

  /// The name of the list for events that a group gave up on.
  var list: String {
    switch self {
    case .context(let context): context.rawValue
    case .endedTalks: "ended"
    }
  }

  var deadLetters: String { Keyspace.deadLetters(list) }
}
