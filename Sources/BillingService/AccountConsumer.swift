import Application
import Domain
import PostgresDriver

/// Erases what billing has of a person when the account is deleted. A repeat erases nothing more.
struct AccountConsumer {
  let erase: EraseBuyer

  var subscription: EventSubscription {
    let erase = erase
    return EventSubscription(
      group: ConsumerGroupName.buyers, source: .context(.identity),
      // An event whose values Postgres refuses becomes a dead letter. All else that Postgres answers, such as a missing
      // right, would refuse every event, so they wait for its repair.
      isAway: { ($0 as? PostgresError)?.refusesValues == false },
      isFinal: { $0 is ErasureRefusal },
      handle: { envelope in
        guard let gone = try envelope.event(UserDeleted.self) else { return }
        try await erase(gone)
      })
  }
}
