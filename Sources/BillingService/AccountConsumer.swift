import Application
import Domain
import PostgresDriver

/// Erases what billing has of a person when the account is deleted. A repeat erases nothing more.
struct AccountConsumer {
  let buyers: any BuyerEraser

  var subscription: EventSubscription {
    let buyers = buyers
    return EventSubscription(
      group: ConsumerGroupName.buyers, source: .context(.identity),
      // What Postgres refuses for good becomes a dead letter.
      isAway: { ($0 as? PostgresError)?.isRefusal == false },
      handle: { envelope in
        guard let gone = try envelope.event(UserDeleted.self) else { return }
        try await buyers.erase(gone.userID)
      })
  }
}
