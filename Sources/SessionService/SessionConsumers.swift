import Application
import Domain

/// The events that the session service consumes: the end of talks with one stream for each shard, changes of wallets,
/// closed accounts, and care plans.
struct SessionConsumers {
  let live: any LiveTalkStore
  let plans: any CarePlanSubscriberNotifier
  let settle: SettleTalk
  let closed: EndTalkOfClosedAccount

  var all: [EventSubscription] { Shard.all.map(settler) + [wallet, accounts, carePlans] }

  /// An attempt during which Postgres is unavailable does not count towards the dead letters.
  private func settler(_ shard: Shard) -> EventSubscription {
    let (settle, live) = (settle, live)
    return EventSubscription(
      group: ConsumerGroupName.settler, source: .endedTalks(shard),
      // The tries take about twelve seconds. Talks of the shard that wait behind a refused one are not delayed much
      // longer.
      maximumTries: 8,
      isAway: { ($0 as? TalkLedgerError) == .unavailable || ($0 as? LiveTalkError) == .unavailable },
      handle: { envelope in
        guard let ended = try envelope.event(TalkEnded.self) else { return }
        try await settle(ended)
        // Other callers that settle a talk rely on this call to remove it from Redis in the end.
        try await live.settled(ended.sessionID)
      })
  }

  /// The wallet's version decides, so that a repeated or late event changes nothing.
  private var wallet: EventSubscription {
    let live = live
    return EventSubscription(
      group: ConsumerGroupName.wallets, source: .context(.billing),
      isAway: { ($0 as? LiveTalkError) == .unavailable },
      handle: { envelope in
        guard let change = try envelope.event(WalletChanged.self) else { return }
        _ = try await live.walletChanged(change)
      })
  }

  private var accounts: EventSubscription {
    let closed = closed
    return EventSubscription(
      group: ConsumerGroupName.accounts, source: .context(.identity),
      isAway: { ($0 as? LiveTalkError) == .unavailable || ($0 as? TalkLedgerError) == .unavailable },
      handle: { envelope in
        if let gone = try envelope.event(UserDeleted.self) { try await closed.deleted(gone.userID) }
        if let out = try envelope.event(UserDisabled.self) { try await closed.disabled(out.userID) }
      })
  }

  private var carePlans: EventSubscription {
    let plans = plans
    return EventSubscription(
      group: ConsumerGroupName.carePlans, source: .context(.tasks),
      isAway: { ($0 as? LiveTalkError) == .unavailable },
      handle: { envelope in
        guard let plan = try envelope.event(CarePlanFinished.self) else { return }
        try await plans.carePlan(plan.status, of: plan.sessionID)
      })
  }
}
