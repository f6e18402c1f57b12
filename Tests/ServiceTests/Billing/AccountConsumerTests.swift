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
  @Test("each deleted buyer is erased, and nobody else", arguments: UInt64(1)...20)
  func erased(seed: UInt64) async throws {
    let buyers = UnreliableBuyers()
    let (gone, others) = ((0..<20).map { _ in UserID(UUID()) }, (0..<20).map { _ in UserID(UUID()) })
    var events: [EventEnvelope] = []
    for (one, other) in zip(gone, others) {
      events.append(try Envelopes.envelope(UserDeleted(userID: one)))
      events.append(try Envelopes.envelope(UserDisabled(userID: other)))
    }
    let report = await UnreliableEventBus(seed: seed).deliver(
      events, to: AccountConsumer(buyers: buyers).subscription, trouble: { buyers.trouble($0, $1) })
    #expect(report.buried.isEmpty && report.failures > 0)
    #expect(buyers.erased == Set(gone))
  }

  @Test("what Postgres refuses for good is buried after its tries; what it cannot answer is not")
  func refused() async throws {
    let buyers = UnreliableBuyers()
    let poison = UserID(UUID())
    buyers.refuse(poison)
    let (wrong, right) = (
      try Envelopes.envelope(UserDeleted(userID: poison)), try Envelopes.envelope(UserDeleted(userID: UserID(UUID())))
    )
    let report = await UnreliableEventBus(seed: 3).deliver(
      [wrong, right], to: AccountConsumer(buyers: buyers).subscription, trouble: { buyers.trouble($0, $1) })
    #expect(report.buried == [wrong] && buyers.erased.count == 1)
  }

  @Test(
    "a missing right or a missing table makes no dead letters: events wait for the repair",
    arguments: ["42501", "42P01"])
  func deployment(state: String) {
    let subscription = AccountConsumer(buyers: UnreliableBuyers()).subscription
    #expect(subscription.isAway(PostgresError(.server(sqlState: state, constraint: nil))))
  }
}

private final class UnreliableBuyers: BuyerEraser {
  private struct State {
    var erased: Set<UserID> = []
    var refused: Set<UserID> = []
    var mishap: Mishap?
  }

  private let state = Mutex(State())
  var erased: Set<UserID> { state.withLock(\.erased) }

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
