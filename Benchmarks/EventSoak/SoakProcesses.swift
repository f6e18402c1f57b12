import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import RedisAdapter
import RedisDriver
import Runtime

/// The groups whose consumers act on each event. They read the stream of the context billing.
enum SoakGroup: String, CaseIterable, Sendable {
  case task
  case wallet

  var name: ConsumerGroupName {
    switch self {
    case .task: .tasks
    case .wallet: .wallets
    }
  }
}

/// A relay as every service has one.
struct SoakRelay {
  let place: SoakPlace
  let name: String

  func run() async throws {
    let (pool, redis) = (try place.postgres(name, 2), try place.redis())
    let relay = OutboxRelay(
      source: SoakEvents.source, pool: pool, bus: RedisEventBus(redis: redis), logger: SoakPlace.quiet)
    let worker = Worker(
      "relay", every: .milliseconds(100), wokenBy: { relay.commits }, logger: SoakPlace.quiet
    ) {
      try await relay.runOnce()
      return .later
    }
    async let connections: Void = redis.run()
    try await worker.run()
    try await connections
  }
}

/// A consumer whose effect is a row, written with the inbox's.
struct SoakConsumer {
  let place: SoakPlace
  /// Its own name, a colon, and its group.
  let name: String
  let usesInbox: Bool

  func run() async throws {
    let parts = name.split(separator: ":").map(String.init)
    guard parts.count == 2, let group = SoakGroup(rawValue: parts[1]) else { return }
    let (pool, redis) = (try place.postgres(name, 2), try place.redis())
    let (inbox, usesInbox) = (PostgresInbox(consumer: group.rawValue), usesInbox)
    let subscription = EventSubscription(
      group: group.name, source: .context(.billing), isAway: { ($0 as? PostgresError)?.refusesValues == false },
      handle: { envelope in
        guard let change = try envelope.event(WalletChanged.self) else { return }
        try await pool.transaction { transaction in
          try await transaction.query("INSERT INTO soak_deliveries VALUES (\(group.rawValue))")
          let isFirst = try await inbox.isFirst(envelope.id, in: transaction)
          guard isFirst || !usesInbox else { return }
          try await transaction.query("INSERT INTO soak_effects VALUES (\(group.rawValue), \(change.version))")
        }
      })
    // A process that starts again has another name, as in a service.
    let consumer = StreamConsumer(
      subscription, redis: redis, consumer: "\(parts[0])-\(UInt64.random(in: 0 ... .max))", logger: SoakPlace.quiet)
    async let connections: Void = redis.run()
    try await consumer.run()
    try await connections
  }
}
