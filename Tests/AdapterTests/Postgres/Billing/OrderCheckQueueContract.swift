import Application
import Domain
import Foundation
import Testing

@Suite("The queue of order checks", .serialized)
struct OrderCheckQueueContract {
  private let user = UserID(UUID())

  @Test(
    "an order is due 15 minutes after it was made, and again when the worker that took it died",
    arguments: BillingStoreKind.allCases)
  func due(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      #expect(try await store.watched.claimDue(limit: 10) == [])
      try await store.advance(.seconds(901))
      let due = try #require(try await store.watched.claimDue(limit: 10).first)
      #expect(due.order.id == order.id && due.age >= .seconds(900) && due.age < .seconds(1_000))
      #expect(try await store.watched.claimDue(limit: 10) == [])
      try await store.advance(.seconds(121))
      #expect(try await store.watched.claimDue(limit: 10).map(\.order.id) == [order.id])
    }
  }

  @Test("a checked order is due again at the time that the check set, or never", arguments: BillingStoreKind.allCases)
  func reschedule(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      try await store.advance(.seconds(901))
      _ = try await store.watched.claimDue(limit: 10)
      try await store.watched.reschedule(at: order.id, in: .seconds(1_800))
      try await store.advance(.seconds(1_790))
      #expect(try await store.watched.claimDue(limit: 10) == [])
      try await store.advance(.seconds(20))
      #expect(try await store.watched.claimDue(limit: 10).count == 1)
      try await store.watched.reschedule(at: order.id, in: nil)
      try await store.advance(.seconds(1_000_000))
      #expect(try await store.watched.claimDue(limit: 10) == [])
    }
  }

  @Test("several workers share the orders that are due", arguments: BillingStoreKind.allCases)
  func shared(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 8) { store in
      for _ in 0..<30 { _ = try await store.placed(by: user) }
      try await store.advance(.seconds(901))
      let taken = try await withThrowingTaskGroup(of: [OrderID].self) { group in
        for _ in 0..<8 {
          group.addTask {
            var own: [OrderID] = []
            while true {
              let due = try await store.watched.claimDue(limit: 2)
              if due.isEmpty { return own }
              own += due.map(\.order.id)
            }
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(taken.count == Set(taken).count)
      // A claim may skip a row that another claim has locked at that moment, and find nothing else; the row is still
      // due.
      let rest = try await store.watched.claimDue(limit: 100).count
      #expect(taken.count + rest == 30)
    }
  }

  @Test("an unpaid order expires, and a late payment is still credited", arguments: BillingStoreKind.allCases)
  func expire(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      #expect(try await store.watched.expire(order))
      #expect(try await store.status(of: order) == .expired)
      #expect(try await store.watched.expire(order) == false)
      _ = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      #expect(try await store.status(of: order) == .paid)
      #expect(try await store.watched.expire(order) == false)
      #expect(try await store.wallet(of: user).available == .minutes(10))
    }
  }

  @Test(
    "an order that got its Razorpay order meanwhile does not expire; getting one revives an order that expired without",
    arguments: BillingStoreKind.allCases)
  func revived(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let bare = try await store.orders.create(for: user, packID: "hour")
      let attached = try await store.orders.attach("order_1", to: bare.id)
      #expect(try await store.watched.expire(bare) == false)
      #expect(try await store.status(of: bare) == .created)
      #expect(try await store.watched.expire(attached))
      #expect(try await store.orders.attach("order_2", to: bare.id).status == .expired)
      let other = try await store.orders.create(for: user, packID: "hour")
      #expect(try await store.watched.expire(other))
      #expect(try await store.orders.attach("order_3", to: other.id).status == .created)
    }
  }
}
