import Application
import Domain
import Foundation
import Testing

/// Refunds that an operator requests. An order of the suite: ten minutes (600,000 ms) for 19,900 paise.
@Suite("Refunds", .serialized)
struct RefundRepositoryContract {
  typealias Stand = RefundStage.Stand

  @Test("a refund without an amount is of the value of the unused talk time", arguments: BillingStoreKind.allCases)
  func unspent(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.talk(.minutes(4))
      let refund = try await stage.request()
      #expect(refund.money == Money(Paise(11_940)))
      #expect(refund.talkTime == .minutes(6))
      #expect(refund.status == .requested && refund.origin == .operator && refund.razorpayID == nil)
      #expect(refund.paymentID == stage.payment && refund.order == stage.order.id)
      #expect(try await stage.stand() == Stand(held: 600_000, .paid))
    }
  }

  @Test(
    "a refund of more than the unused talk time needs force, and the difference is owed",
    arguments: BillingStoreKind.allCases)
  func force(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.talk(.minutes(4))
      await #expect(throws: BillingError.refundExceedsUnspent(value: Paise(11_940))) {
        try await stage.request(11_941)
      }
      #expect(try await stage.stand() == Stand(available: 360_000, held: 240_000, .paid))
      let refund = try await stage.request(19_900, force: true)
      #expect(refund.talkTime == .minutes(10))
      #expect(try await stage.stand() == Stand(held: 600_000, .paid))
      try await stage.steps(.processed, refund)
      #expect(try await stage.stand() == Stand(held: 240_000, owed: 240_000, .refunded))
    }
  }

  @Test("the next purchase pays the owed talk time", arguments: BillingStoreKind.allCases)
  func owed(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.talk(.minutes(4))
      try await stage.steps(.processed, try await stage.request(19_900, force: true))
      let next = try await RefundStage.paid(store, by: stage.user)
      #expect(try await next.stand() == Stand(available: 360_000, held: 240_000, .paid))
      // Time that paid another order's debt counts as used.
      #expect(try await next.request().money.amount == Paise(11_940))
    }
  }

  @Test("all refunds of an order together never exceed what was paid", arguments: BillingStoreKind.allCases)
  func bounded(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      await #expect(throws: BillingError.refundExceedsPayment(left: Paise(19_900))) {
        try await stage.request(19_901, force: true)
      }
      _ = try await stage.request(10_000)
      await #expect(throws: BillingError.refundExceedsPayment(left: Paise(9_900))) {
        try await stage.request(9_901, force: true)
      }
      _ = try await stage.request()
      for amount in [nil, 100] as [Int64?] {
        await #expect(throws: BillingError.nothingToRefund) { try await stage.request(amount, force: true) }
      }
      #expect(try await stage.stand() == Stand(held: 600_000, .paid))
    }
  }

  @Test("there is nothing to refund of less than a rupee", arguments: BillingStoreKind.allCases)
  func least(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      // 100 paise are worth 3,015.07… ms, so this rest is worth 99 paise.
      try await stage.talk(.milliseconds(600_000 - 3_015))
      await #expect(throws: BillingError.nothingToRefund) { try await stage.request() }
      let other = try await RefundStage.paid(store)
      try await other.talk(.milliseconds(600_000 - 3_016))
      #expect(try await other.request().money.amount == Paise(100))
    }
  }

  @Test("an unpaid order and an order that does not exist cannot be refunded", arguments: BillingStoreKind.allCases)
  func refused(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.placed(store)
      await #expect(throws: BillingError.notRefundable) { try await stage.request() }
      try await store.payments.note(stage.order.payment(stage.payment, .failed), of: stage.order, mismatch: false)
      await #expect(throws: BillingError.notRefundable) { try await stage.request(100, force: true) }
      await #expect(throws: BillingError.orderNotFound) {
        try await store.refunds.request(
          RefundInstruction(
            order: OrderID(UUID()), amount: nil, force: false, reason: nil, actor: stage.user, key: "key"))
      }
    }
  }

  @Test(
    "of many refunds at once only as many are stored as an operator's cap allows", arguments: BillingStoreKind.allCases)
  func capped(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      let made = try await Self.race(8) { number in try? await stage.request(1_990, key: "\(number)", cap: 5_970) }
      #expect(made.compactMap(\.self).count == 3)
      #expect(try await store.refunds.refunds(of: stage.order.id).count == 3)
      await #expect(throws: BillingError.dailyCapReached) { try await stage.request(1_990, key: "more", cap: 5_970) }
      // Nothing of a refused one is set aside, and without a cap it succeeds.
      #expect(try await stage.stand().wallet.held == .seconds(180))
      _ = try await stage.request(1_990, key: "more")
    }
  }

  @Test("the same key of an order is the same refund", arguments: BillingStoreKind.allCases)
  func sameKey(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      let ids = try await Self.race(16) { _ in try await stage.request(9_950, key: "once").id }
      #expect(Set(ids).count == 1)
      #expect(try await stage.stand() == Stand(available: 300_000, held: 300_000, .paid))
      #expect(try await stage.request(9_950, key: "twice").id != ids.first)
      let other = try await RefundStage.paid(store, by: stage.user)
      #expect(try await other.request(9_950, key: "once").order == other.order.id)
      #expect(try await store.refunds.refunds(of: stage.order.id).count == 2)
    }
  }

  @Test("sixteen simultaneous refunds send back what was paid and no more", arguments: BillingStoreKind.allCases)
  func racing(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      let made = try await Self.race(16) { _ in try? await stage.request(1_990) }
      let stand = made.compactMap(\.self)
      try #require(stand.count == 10)
      #expect(try await stage.stand() == Stand(held: 600_000, .paid))
      _ = try await Self.race(10) { number in
        try await stage.steps(.processed, stand[number])
      }
      #expect(try await stage.stand() == Stand(.refunded))
    }
  }

  @Test(
    "a customer's fee can be refunded with the whole price, and takes no talk time of its own",
    arguments: BillingStoreKind.allCases)
  func feeOnTop(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for amount in [nil, 20_370] as [Int64?] {
        let stage = try await RefundStage.placed(store)
        let payment = GatewayPayment(
          id: stage.payment, orderID: stage.order.razorpayOrderID, status: .captured, money: Money(Paise(20_370)),
          fee: Paise(470), customerBearsFee: true)
        #expect(
          try await store.payments.capture(payment, of: stage.order, cause: "test")
            == .credited(balance: .minutes(10)))
        await #expect(throws: BillingError.refundExceedsPayment(left: Paise(20_370))) {
          try await stage.request(20_371, force: true)
        }
        let refund = try await stage.request(amount)
        #expect(refund.money.amount == Paise(amount ?? 19_900) && refund.talkTime == .minutes(10))
        try await stage.steps(.processed, refund)
        #expect(try await stage.stand() == Stand(.refunded))
      }
    }
  }

  static func race<Answer: Sendable>(
    _ count: Int, _ run: @escaping @Sendable (Int) async throws -> Answer
  ) async throws -> [Answer] {
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for number in 0..<count { group.addTask { try await run(number) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}
