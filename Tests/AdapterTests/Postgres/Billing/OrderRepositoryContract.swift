import Application
import Domain
import Foundation
import Testing

@Suite("Storing orders", .serialized)
struct OrderRepositoryContract {
  let user = UserID(UUID())

  @Test("packs are sold in their order, with whole paise and milliseconds", arguments: BillingStoreKind.allCases)
  func packs(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let packs = try await store.orders.packs()
      #expect(packs.map(\.id) == ["ten-minutes", "half-hour", "hour"])
      #expect(packs.map(\.talkTime) == [.minutes(10), .minutes(30), .minutes(60)])
      #expect(packs.first?.price == Money(Paise(19_900)))
    }
  }

  @Test("a new order has its pack's price and time, and no Razorpay order yet", arguments: BillingStoreKind.allCases)
  func create(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.orders.create(for: user, packID: "half-hour")
      #expect(order.user == user && order.packID == "half-hour" && order.talkTime == .minutes(30))
      #expect(order.price == Money(Paise(49_900)) && order.status == .creating && order.razorpayOrderID == nil)
      #expect(try await store.orders.order(order.id) == order)
      #expect(try await store.orders.order(OrderID(UUID())) == nil)
    }
  }

  @Test("a pack that is not on sale makes no order", arguments: BillingStoreKind.allCases)
  func unknownPack(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      await #expect(throws: BillingError.packNotFound) { try await store.orders.create(for: user, packID: "forever") }
      let made = try await store.orders.orders(of: user, limit: 10, after: nil).items
      #expect(made.isEmpty)
    }
  }

  @Test(
    "an order keeps the first Razorpay order that it is given, and is found by it", arguments: BillingStoreKind.allCases
  )
  func attach(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.orders.create(for: user, packID: "hour")
      let attached = try await store.orders.attach("order_1", to: order.id)
      #expect(attached.status == .created && attached.razorpayOrderID == "order_1")
      #expect(try await store.orders.attach("order_2", to: order.id) == attached)
      #expect(try await store.orders.order(razorpayID: "order_1") == attached)
      #expect(try await store.orders.order(razorpayID: "order_2") == nil)
      await #expect(throws: BillingError.orderNotFound) {
        try await store.orders.attach("order_3", to: OrderID(UUID()))
      }
    }
  }

  @Test("a Razorpay order belongs to one of our orders only", arguments: BillingStoreKind.allCases)
  func unique(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let first = try await store.orders.create(for: user, packID: "hour")
      let second = try await store.orders.create(for: user, packID: "hour")
      _ = try await store.orders.attach("order_1", to: first.id)
      await #expect(throws: BillingError.self) { try await store.orders.attach("order_1", to: second.id) }
      #expect(try await store.orders.order(razorpayID: "order_1")?.id == first.id)
    }
  }

  @Test("a Razorpay order that is attached late does not reopen a paid order", arguments: BillingStoreKind.allCases)
  func attachLate(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      _ = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      #expect(try await store.orders.attach("order_other", to: order.id).status == .paid)
    }
  }

  @Test(
    "pages of orders go from the newest to the oldest, and an order made meanwhile shifts none",
    arguments: BillingStoreKind.allCases)
  func paging(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      var made: [OrderID] = []
      for _ in 0..<5 { made.append(try await store.orders.create(for: user, packID: "hour").id) }
      _ = try await store.orders.create(for: UserID(UUID()), packID: "hour")
      var seen: [OrderID] = []
      var cursor: String?
      repeat {
        let page = try await store.orders.orders(of: user, limit: 2, after: cursor)
        #expect(page.items.count <= 2 && page.items.allSatisfy { $0.user == user })
        seen += page.items.map(\.id)
        cursor = page.next
        _ = try await store.orders.create(for: user, packID: "ten-minutes")
      } while cursor != nil && seen.count < 10
      #expect(seen == made.reversed())
    }
  }

  @Test(
    "a page that is exactly full has no next page, and another user's cursor shows nothing",
    arguments: BillingStoreKind.allCases)
  func cursors(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for _ in 0..<2 { _ = try await store.orders.create(for: user, packID: "hour") }
      let page = try await store.orders.orders(of: user, limit: 2, after: nil)
      #expect(page.items.count == 2 && page.next == nil)
      let foreign = try await store.orders.create(for: UserID(UUID()), packID: "hour").id.description
      let shown = try await store.orders.orders(of: user, limit: 2, after: foreign).items
      #expect(shown.isEmpty)
    }
  }
}
