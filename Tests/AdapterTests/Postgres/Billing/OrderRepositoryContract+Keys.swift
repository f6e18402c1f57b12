import Application
import Domain
import Foundation
import Testing

extension OrderRepositoryContract {
  @Test(
    "a key makes one order, however often and by however many requests at once it is sent",
    arguments: BillingStoreKind.allCases)
  func oneRow(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 8) { store in
      let request = OrderRequest(user: UserID(UUID()), packID: "hour", key: "k1")
      let placed = try await atOnce(20) { try? await store.orders.create(request, openLimit: 5) }.compactMap(\.self)
      #expect(placed.count == 20 && Set(placed.map(\.order.id)).count == 1)
      #expect(placed.count { !$0.isRepeat } == 1)
      let others = OrderRequest(user: UserID(UUID()), packID: "hour", key: "k1")
      #expect(try await store.orders.create(others, openLimit: 5).isRepeat == false)
    }
  }

  @Test(
    "a key that came with another order is refused, and is free again after a day", arguments: BillingStoreKind.allCases
  )
  func reusedKey(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let user = UserID(UUID())
      let karnataka = try BuyerTaxDetails.read(state: "29", gstin: nil)
      let first = try await store.orders.create(OrderRequest(user: user, packID: "hour", key: "k1"), openLimit: 5)
      for request in [
        OrderRequest(user: user, packID: "half-hour", key: "k1"),
        OrderRequest(user: user, packID: "hour", buyer: karnataka, key: "k1"),
      ] {
        await #expect(throws: BillingError.keyReused) { try await store.orders.create(request, openLimit: 5) }
      }
      try await store.advance(.seconds(86_401))
      let next = try await store.orders.create(OrderRequest(user: user, packID: "half-hour", key: "k1"), openLimit: 5)
      #expect(!next.isRepeat && next.order.id != first.order.id)
    }
  }

  @Test("fifty simultaneous requests make as many open orders as a user may have", arguments: BillingStoreKind.allCases)
  func limit(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 8) { store in
      let request = OrderRequest(user: UserID(UUID()), packID: "hour")
      let made = try await atOnce(50) { () async -> Bool? in
        do {
          _ = try await store.orders.create(request, openLimit: 20)
          return true
        } catch {
          return error as? BillingError == .tooManyOpenOrders ? false : nil
        }
      }
      #expect(made.count { $0 == true } == 20 && made.count { $0 == false } == 30)
      let other = OrderRequest(user: UserID(UUID()), packID: "hour")
      #expect(try await store.orders.create(other, openLimit: 20).isRepeat == false)
    }
  }

  @Test("a paid or expired order does not count as open", arguments: BillingStoreKind.allCases)
  func freed(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let user = UserID(UUID())
      let request = OrderRequest(user: user, packID: "ten-minutes")
      let paid = try await store.placed(by: user)
      _ = try await store.payments.capture(paid.payment("pay_1"), of: paid, cause: "test")
      let expired = try await store.orders.create(request, openLimit: 1).order
      await #expect(throws: BillingError.tooManyOpenOrders) { try await store.orders.create(request, openLimit: 1) }
      #expect(try await store.watched.expire(expired))
      #expect(try await store.orders.create(request, openLimit: 1).isRepeat == false)
    }
  }

  @Test("an order keeps its buyer's details and its tax rate", arguments: BillingStoreKind.allCases)
  func buyer(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let buyer = try BuyerTaxDetails.read(state: nil, gstin: "27AAPFU0939F1ZV")
      let request = OrderRequest(user: UserID(UUID()), packID: "hour", buyer: buyer)
      let made = try await store.orders.create(request, openLimit: 1).order
      let read = try #require(try await store.orders.order(made.id))
      #expect(read == made && read.buyer == buyer && read.taxRate == .standard)
    }
  }

  @Test("an order starts from the buyer details of the user's last order", arguments: BillingStoreKind.allCases)
  func kept(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let (user, other) = (UserID(UUID()), UserID(UUID()))
      func order(
        _ buyer: BuyerTaxDetails = .unknown, _ billTo: DocumentBillTo = .unknown, by user: UserID, key: String? = nil
      )
        async throws -> PlacedOrder
      {
        try await store.orders.create(
          OrderRequest(user: user, packID: "hour", buyer: buyer, billTo: billTo, key: key), openLimit: 20)
      }
      let first = try await order(by: user, key: "k1").order
      #expect(first.buyer == .unknown)
      #expect(try await store.orders.buyer(of: user) == nil)
      let goa = try BuyerTaxDetails.read(state: "Goa", gstin: nil)
      #expect(try await order(goa, by: user).order.buyer == goa)
      #expect(try await order(by: user).order.buyer == goa)
      #expect(try await order(by: other).order.buyer == .unknown)
      // The buyer's data that was stored meanwhile does not make the repeat a different request.
      let again = try await order(by: user, key: "k1")
      #expect(again.isRepeat && again.order == first)

      let firm = try BuyerTaxDetails.read(state: nil, gstin: "27AAPFU0939F1ZV")
      let billTo = try DocumentBillTo.read(name: "Uno Traders", address: "1 Hill Road\nMumbai")
      _ = try await order(firm, billTo, by: user)
      #expect(try await store.orders.buyer(of: user) == BuyerProfile(buyer: firm, billTo: billTo))
      _ = try await order(firm, by: user)
      #expect(try await store.orders.buyer(of: user)?.billTo == billTo)
      let personal = try await order(by: user).order
      #expect(personal.buyer.state == firm.state && personal.buyer.gstin == nil)
      #expect(try await store.orders.buyer(of: user)?.buyer == firm)
      #expect(try await store.orders.buyer(of: other) == nil)
    }
  }

  private func atOnce<Answer: Sendable>(
    _ count: Int, _ run: @escaping @Sendable () async throws -> Answer
  ) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for _ in 0..<count { group.addTask { try await run() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}
