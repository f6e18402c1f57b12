import Application
import Domain
import Foundation
import Testing

@Suite("Disputes", .serialized)
struct DisputesContract {
  private typealias Stand = RefundStage.Stand

  @Test("an open dispute freezes the wallet, and a won one thaws it", arguments: BillingStoreKind.allCases)
  func won(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      for status in [DisputeStatus.created, .created, .underReview, .actionRequired] {
        try await stage.dispute(status)
        #expect(try await stage.stand() == Stand(available: 600_000, isFrozen: true, .disputed), "\(status)")
      }
      for status in [DisputeStatus.won, .won, .closed] {
        try await stage.dispute(status)
        #expect(try await stage.stand() == Stand(available: 600_000, .paid), "\(status)")
      }
    }
  }

  @Test("a lost dispute takes the talk time once, as a refund does", arguments: BillingStoreKind.allCases)
  func lost(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.talk(.minutes(4))
      try await stage.dispute(.created)
      for _ in 0..<2 {
        try await stage.dispute(.lost)
        #expect(try await stage.stand() == Stand(held: 240_000, owed: 240_000, .refunded))
      }
      let refunds = try await store.refunds.refunds(of: stage.order.id)
      #expect(refunds.map(\.origin) == [.dispute] && refunds.map(\.status) == [.processed])
      await #expect(throws: BillingError.nothingToRefund) { try await stage.request(100, force: true) }
    }
  }

  @Test("a lost dispute takes no more than was not refunded before", arguments: BillingStoreKind.allCases)
  func lostInPart(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.steps(.processed, try await stage.request(9_950))
      try await stage.dispute(.lost)
      #expect(try await stage.stand() == Stand(.refunded))
      #expect(try await store.refunds.refunds(of: stage.order.id).map(\.money.amount) == [Paise(9_950), Paise(9_950)])
      let other = try await RefundStage.paid(store)
      try await other.dispute(.lost, 4_975)
      #expect(try await other.stand() == Stand(available: 450_000, .partiallyRefunded))
    }
  }

  @Test(
    "the share that a lost dispute left to a pending refund is taken when the refund fails",
    arguments: BillingStoreKind.allCases)
  func lostWhilePending(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      for (dispute, left) in [(Int64(19_900), Int64(0)), (12_000, 238_191)] {
        let stage = try await RefundStage.paid(store)
        let refund = try await stage.request(9_950)
        try await stage.steps(.pending, refund)
        try await stage.dispute(.lost, dispute)
        try await stage.steps(.failed, refund)
        let stand = try await stage.stand()
        #expect(stand == Stand(available: left, left > 0 ? .partiallyRefunded : .refunded))
        // This has an effect only once.
        try await stage.steps(.failed, refund)
        #expect(try await stage.stand() == stand)
      }
    }
  }

  @Test(
    "a payment's return leaves out what the bank took of it by a dispute, and sends the rest",
    arguments: BillingStoreKind.allCases, [(19_900, nil), (12_000, 7_900)] as [(Int64, Int64?)])
  func lostBeforeReturn(kind: BillingStoreKind, case expected: (Int64, Int64?)) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      #expect(try await store.payments.capture(second, of: stage.order, cause: "test") == .surplus)
      _ = try await store.refunds.requestReturn(of: second, order: stage.order)
      let dispute = GatewayDispute(
        id: "disp_\(UUID())", paymentID: second.id, money: Money(Paise(expected.0)), status: .lost)
      try await store.refunds.record(dispute, of: stage.order.id, cause: "test")
      #expect(try await store.refunds.waiting().map(\.refund.money.amount.count) == [expected.1].compactMap { $0 })
      #expect(try await stage.wallet.balance == .minutes(10))
    }
  }

  @Test("reports of a dispute lead to the same ledger in any order", arguments: BillingStoreKind.allCases)
  func permutations(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      typealias Step = @Sendable (RefundStage) async throws -> Void
      let opening: [(String, Step)] = [
        ("captured", { try await $0.pay() }),
        ("created", { try await $0.dispute(.created, 9_950) }),
        ("under review", { try await $0.dispute(.underReview, 9_950) }),
      ]
      let ends: [(String, Step, Stand?)] = [
        ("won", { try await $0.dispute(.won, 9_950) }, Stand(available: 600_000, .paid)),
        ("closed", { try await $0.dispute(.closed, 9_950) }, Stand(available: 600_000, .paid)),
        ("lost", { try await $0.dispute(.lost, 9_950) }, Stand(available: 300_000, .partiallyRefunded)),
      ]
      for (name, end, stand) in ends {
        for order in everyOrder(of: opening + [(name, end)]) {
          let stage = try await RefundStage.placed(store)
          for (_, tell) in order { try await tell(stage) }
          #expect(try await stage.stand() == stand, "\(order.map(\.0))")
        }
      }
    }
  }

  @Test("of two disputes of a wallet, the second to be won thaws it", arguments: BillingStoreKind.allCases)
  func two(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      try await stage.dispute(.created, 5_000, id: "one")
      try await stage.dispute(.created, 5_000, id: "two")
      try await stage.dispute(.won, 5_000, id: "one")
      #expect(try await stage.stand() == Stand(available: 600_000, isFrozen: true, .disputed))
      try await stage.dispute(.won, 5_000, id: "two")
      #expect(try await stage.stand() == Stand(available: 600_000, .paid))
    }
  }

  @Test("a dispute of a payment that credited nothing takes no talk time", arguments: BillingStoreKind.allCases)
  func surplus(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let other = RefundStage(store: store, user: stage.user, order: stage.order, payment: "pay_2-\(UUID())")
      #expect(
        try await store.payments.capture(other.order.payment(other.payment), of: other.order, cause: "test") == .surplus
      )
      try await other.dispute(.created)
      #expect(try await stage.isFrozen)
      try await other.dispute(.lost)
      #expect(try await stage.stand() == Stand(available: 600_000, .paid))
    }
  }

  @Test("sixteen simultaneous reports of a lost dispute take the talk time once", arguments: BillingStoreKind.allCases)
  func racing(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<16 {
          group.addTask { try await stage.dispute(number.isMultiple(of: 2) ? .created : .lost, 9_950) }
        }
        try await group.waitForAll()
      }
      #expect(try await stage.stand() == Stand(available: 300_000, .partiallyRefunded))
      #expect(try await store.refunds.refunds(of: stage.order.id).count == 1)
    }
  }
}
