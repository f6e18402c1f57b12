import Application
import Domain
import RedisAdapter
import Runtime
import ServiceLifecycle

/// The events that the session service consumes: the end of talks with one stream for each shard, changes of wallets,
/// closed accounts, and care plans.
struct SessionConsumers {
  let host: ServiceHost
  let live: any LiveTalkStore
  let plans: any CarePlanSubscriberNotifier
  let settle: SettleTalk
  let closed: EndTalkOfClosedAccount

  var all: [any Service] { Shard.all.map(settler) + [wallet, accounts, carePlans] }

  /// An attempt during which Postgres is unavailable does not count towards the dead letters.
  private func settler(_ shard: Shard) -> any Service {
    let (settle, live) = (settle, live)
    return StreamConsumer(
      redis: host.redis, stream: Keyspace.ended(shard), dead: Keyspace.deadLetters("ended"),
      group: ConsumerGroupName.settler.rawValue, consumer: host.instance,
      // The tries take about twelve seconds. Talks of the shard that wait behind a refused one are not delayed much
      // longer.
      maximumTries: 8, logger: host.logger,
      isAway: { ($0 as? TalkLedgerError) == .unavailable || ($0 as? LiveTalkError) == .unavailable },
      handler: { envelope in
        guard let ended = try envelope.event(TalkEnded.self) else { return }
        try await settle(ended)
        // Other callers that settle a talk rely on this call to remove it from Redis in the end.
        try await live.settled(ended.sessionID)
      })
  }

  /// The wallet's version decides, so that a repeated or late event changes nothing.
  private var wallet: any Service {
    let live = live
    return StreamConsumer(
      redis: host.redis, stream: Keyspace.events(.billing), dead: Keyspace.deadLetters("billing"),
      group: ConsumerGroupName.wallets.rawValue, consumer: host.instance, logger: host.logger,
      isAway: { ($0 as? LiveTalkError) == .unavailable },
      handler: { envelope in
        guard let change = try envelope.event(WalletChanged.self) else { return }
        _ = try await live.walletChanged(change)
      })
  }

  private var accounts: any Service {
    let closed = closed
    return StreamConsumer(
      redis: host.redis, stream: Keyspace.events(.identity), dead: Keyspace.deadLetters("identity"),
      group: ConsumerGroupName.accounts.rawValue, consumer: host.instance, logger: host.logger,
      isAway: { ($0 as? LiveTalkError) == .unavailable || ($0 as? TalkLedgerError) == .unavailable },
      handler: { envelope in
        if let gone = try envelope.event(UserDeleted.self) { try await closed.deleted(gone.userID) }
        if let out = try envelope.event(UserDisabled.self) { try await closed.disabled(out.userID) }
      })
  }

  private var carePlans: any Service {
    let plans = plans
    return StreamConsumer(
      redis: host.redis, stream: Keyspace.events(.tasks), dead: Keyspace.deadLetters("tasks"),
      group: ConsumerGroupName.carePlans.rawValue, consumer: host.instance, logger: host.logger,
      isAway: { ($0 as? LiveTalkError) == .unavailable },
      handler: { envelope in
        guard let plan = try envelope.event(CarePlanFinished.self) else { return }
        try await plans.carePlan(plan.status, of: plan.sessionID)
      })
  }
}
