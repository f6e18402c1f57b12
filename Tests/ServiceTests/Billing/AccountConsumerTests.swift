import Application
import Domain
import Fakes
import Foundation
import PostgresDriver
import Synchronization
import Testing

@testable import BillingService

@Suite("The consumer of the billing service over a bus that duplicates, reorders and fails")
struct AccountConsumerTests {
  private func subscription(_ buyers: UnreliableBuyers) -> EventSubscription {
    AccountConsumer(erase: EraseBuyer(accounts: buyers, buyers: buyers)).subscription
  }

  @Test("each deleted buyer is erased, and nobody else", arguments: UInt64(1)...20)
  func erased(seed: UInt64) async throws {
    let buyers = UnreliableBuyers()
    let (gone, others) = ((0..<20).map { _ in UserID(UUID()) }, (0..<20).map { _ in UserID(UUID()) })
    var events: [EventEnvelope] = []
    for (one, other) in zip(gone, others) {
      buyers.delete(one)
      events.append(try Envelopes.envelope(UserDeleted(userID: one)))
      events.append(try Envelopes.envelope(UserDisabled(userID: other)))
    }
    let report = await UnreliableEventBus(seed: seed).deliver(
      events, to: subscription(buyers), trouble: { buyers.trouble($0, $1) })
    #expect(report.buried.isEmpty && report.failures > 0)
    #expect(buyers.erased == Set(gone))
  }

  @Test("what Postgres refuses for good is buried after its tries; what it cannot answer is not")
  func refused() async throws {
    let buyers = UnreliableBuyers()
    let (poison, other) = (UserID(UUID()), UserID(UUID()))
    for user in [poison, other] { buyers.delete(user) }
    buyers.refuse(poison)
    let (wrong, right) = (
      try Envelopes.envelope(UserDeleted(userID: poison)), try Envelopes.envelope(UserDeleted(userID: other))
    )
    let report = await UnreliableEventBus(seed: 3).deliver(
      [wrong, right], to: subscription(buyers), trouble: { buyers.trouble($0, $1) })
    #expect(report.buried == [wrong] && buyers.erased.count == 1)
  }

  @Test("an event whose data is not that of its type is buried at once")
  func undecodable() async {
    let buyers = UnreliableBuyers()
    #expect(await Envelopes.isBuriedAtOnce(undecodable: UserDeleted.type, by: subscription(buyers)))
    #expect(buyers.erased.isEmpty)
  }

  @Test("nothing is erased for an event about an account that was not deleted, and the event is buried")
  func notDeleted() async throws {
    let (buyers, gone) = (UnreliableBuyers(), UserID(UUID()))
    buyers.delete(gone)
    let (forged, real) = (
      try Envelopes.envelope(UserDeleted(userID: UserID(UUID()))), try Envelopes.envelope(UserDeleted(userID: gone))
    )
    let report = await UnreliableEventBus(seed: 3).deliver(
      [forged, real], to: subscription(buyers), trouble: { buyers.trouble($0, $1) })
    #expect(Set(report.buried.map(\.id)) == [forged.id] && buyers.erased == [gone])
    // At once: nothing that a store answers changes that the account is there.
    #expect(subscription(buyers).isFinal(ErasureRefusal.accountNotDeleted))
    #expect(!subscription(buyers).isFinal(PostgresError(.unavailable)))
  }

  @Test(
    "a missing right or a missing table makes no dead letters: events wait for the repair",
    arguments: ["42501", "42P01"])
  func deployment(state: String) {
    let subscription = subscription(UnreliableBuyers())
    #expect(subscription.isAway(PostgresError(.server(sqlState: state, constraint: nil))))
  }
}

private final class UnreliableBuyers: BuyerEraser, DeletedAccountReader {
  private struct State {
    var deleted: Set<UserID> = []
    var erased: Set<UserID> = []
    var refused: Set<UserID> = []
    var mishap: Mishap?
  }

  private let state = Mutex(State())
  var erased: Set<UserID> { state.withLock(\.erased) }

  func delete(_ user: UserID) { state.withLock { _ = $0.deleted.insert(user) } }

  func isDeleted(_ user: UserID) async throws -> Bool {
    try state.withLock { state in
      if state.mishap == .fails { throw PostgresError(.unavailable) }
      return state.deleted.contains(user)
    }
  }

  func refuse(_ user: UserID) { state.withLock { _ = $0.refused.insert(user) } }

  func trouble(_ number: UInt64, _ isCalm: Bool) {
    let mishaps: [Mishap?] = [nil, .fails, .losesAnswer]
    state.withLock { $0.mishap = isCalm ? nil : mishaps[Int(number % 3)] }
  }

  func erase(_ user: UserID) async throws {
    try state.withLock { state in
      if state.mishap == .fails { throw PostgresError(.unavailable) }
      if state.refused.contains(user) { throw PostgresError(.server(sqlState: "23514", constraint: "c")) }
      state.erased.insert(user)
      if state.mishap == .losesAnswer { throw PostgresError(.unavailable) }
    }
  }
}
