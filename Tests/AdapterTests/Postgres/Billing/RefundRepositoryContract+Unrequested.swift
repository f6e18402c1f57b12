import Application
import Domain
import Foundation
import Testing

/// Refunds that this system did not request, and payments that credited nothing.
extension RefundRepositoryContract {
  @Test("a refund from the dashboard takes its talk time, once", arguments: BillingStoreKind.allCases)
  func dashboard(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      for status in [GatewayRefund.Status.pending, .processed, .processed, .pending] {
        try await stage.dashboard(status, 9_950, id: "rfnd")
      }
      #expect(try await stage.stand() == Stand(available: 300_000, .partiallyRefunded))
      let refunds = try await store.refunds.refunds(of: stage.order.id)
      #expect(refunds.map(\.origin) == [.razorpay] && refunds.map(\.status) == [.processed])
    }
  }

  @Test("reports of refunds lead to the same ledger in any order", arguments: BillingStoreKind.allCases)
  func permutations(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      typealias Step = @Sendable (RefundStage) async throws -> Void
      let steps: [(String, Step)] = [
        ("captured", { try await $0.pay() }),
        ("pending", { try await $0.dashboard(.pending, 9_950, id: "a") }),
        ("processed", { try await $0.dashboard(.processed, 9_950, id: "a") }),
        ("failed", { try await $0.dashboard(.failed, 9_949, id: "b") }),
        ("another", { try await $0.dashboard(.processed, 4_975, id: "c") }),
      ]
      for order in everyOrder(of: steps) {
        let stage = try await RefundStage.placed(store)
        for (_, tell) in order { try await tell(stage) }
        #expect(
          try await stage.stand() == Stand(available: 150_000, .partiallyRefunded), "\(order.map(\.0))")
      }
    }
  }

  @Test(
    "sixteen simultaneous reports of a refund count once, during a purchase of the same user",
    arguments: BillingStoreKind.allCases)
  func racingNews(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.placed(store)
      _ = try await Self.race(16) { number in
        switch number % 4 {
        case 0: try await stage.pay()
        case 1: try await stage.dashboard(.pending, 9_950, id: "rfnd")
        case 2: try await stage.dashboard(.processed, 9_950, id: "rfnd")
        default: _ = try await RefundStage.paid(store, by: stage.user)
        }
      }
      #expect(try await stage.stand() == Stand(available: 2_700_000, .partiallyRefunded))
      #expect(try await store.refunds.refunds(of: stage.order.id).count == 1)
    }
  }

  @Test("a payment that credited nothing is returned whole, once", arguments: BillingStoreKind.allCases)
  func surplus(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind, connections: 16) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      #expect(try await store.payments.capture(second, of: stage.order, cause: "test") == .surplus)
      let made = try await Self.race(16) { _ in
        try await store.refunds.requestReturn(of: second, order: stage.order)
      }
      let refund = try #require(made.first)
      #expect(Set(made.map(\.id)).count == 1)
      #expect(refund.origin == .surplus && refund.talkTime == nil && refund.money == stage.order.price)
      try await stage.steps(.pending, refund)
      #expect(try await store.returned().isEmpty)
      for _ in 0..<2 { try await stage.steps(.processed, refund) }
      #expect(try await store.returned() == [refund.paymentID], "the buyer is told, once")
      #expect(try await stage.stand() == Stand(available: 600_000, .paid))
      // The credited payment can still be refunded.
      try await stage.steps(.processed, try await stage.request())
      #expect(try await stage.stand() == Stand(.refunded))
      #expect(try await store.returned() == [refund.paymentID])
    }
  }

  @Test("a return that fails is followed by another attempt, until one succeeds", arguments: BillingStoreKind.allCases)
  func returnedAgain(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      #expect(try await store.payments.capture(second, of: stage.order, cause: "test") == .surplus)
      let first = try await store.refunds.requestReturn(of: second, order: stage.order)
      #expect(first.attempt == 1)
      #expect(try await store.refunds.refuse(first.id, cause: "test").status == .failed)
      let next = try await store.refunds.requestReturn(of: second, order: stage.order)
      #expect(next.id != first.id && next.attempt == 2 && next.status == .requested && next.money == first.money)
      let waiting = try #require(try await store.refunds.waiting().first)
      #expect(waiting.refund.id == next.id && waiting.user == stage.user && waiting.next != nil)
      // The next attempt is not due at once, but soon.
      #expect(try await store.refunds.claimDue(limit: 10).isEmpty)
      try await store.advance(.seconds(16))
      #expect(try await store.refunds.claimDue(limit: 10).map(\.id) == [next.id])
      // The bank returns a processed refund.
      try await stage.steps(.processed, next)
      #expect(try await store.refunds.waiting().isEmpty)
      try await stage.steps(.failed, next)
      let third = try #require(try await store.refunds.waiting().first).refund
      #expect(third.attempt == 3 && third.status == .requested)
      // Razorpay reports the first refund as processed after all, so the third is not sent.
      try await stage.steps(.processed, first)
      #expect(try await store.refunds.waiting().isEmpty)
      #expect(
        try await store.refunds.refunds(of: stage.order.id).map(\.status) == [.processed, .failed, .failed])
      #expect(try await stage.stand() == Stand(available: 600_000, .paid))
    }
  }

  @Test("a credited payment is no surplus, however its reports name it", arguments: BillingStoreKind.allCases)
  func creditedIsNoSurplus(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      await #expect(throws: BillingError.notRefundable) {
        try await store.refunds.requestReturn(of: stage.order.payment(stage.payment), order: stage.order)
      }
      #expect(try await store.refunds.waiting().isEmpty)
    }
  }

  @Test(
    "a surplus payment whose dashboard refund the bank reversed is returned by us",
    arguments: BillingStoreKind.allCases)
  func dashboardReturnFails(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      #expect(try await store.payments.capture(second, of: stage.order, cause: "test") == .surplus)
      func steps(_ status: GatewayRefund.Status) async throws {
        let refund = GatewayRefund(
          id: "rfnd_\(second.id)", paymentID: second.id, money: stage.order.price, status: status, receipt: nil)
        _ = try await store.refunds.record(refund, of: stage.order.id, cause: "test")
      }
      try await steps(.processed)
      #expect(try await store.refunds.waiting().isEmpty)
      #expect(try await store.returned() == [second.id])
      for _ in 0..<2 { try await steps(.failed) }
      let waiting = try await store.refunds.waiting().map(\.refund)
      #expect(waiting.map(\.attempt) == [1] && waiting.first?.money == stage.order.price)
      #expect(try await store.refunds.claimDue(limit: 10).map(\.id) == waiting.map(\.id))
    }
  }

  @Test("a refund that is reported before its payment publishes no return", arguments: BillingStoreKind.allCases)
  func refundBeforeCredit(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.placed(store, by: UserID(UUID()))
      let refund = GatewayRefund(
        id: "rfnd_\(stage.payment)", paymentID: stage.payment, money: Money(Paise(9_950)), status: .processed,
        receipt: nil)
      _ = try await store.refunds.record(refund, of: stage.order.id, cause: "test")
      #expect(try await store.returned().isEmpty)
    }
  }

  @Test("a return ends, and begins again only at an operator's request", arguments: BillingStoreKind.allCases)
  func returnsEnd(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.paid(store)
      let second = stage.order.payment("pay_2-\(UUID())")
      _ = try await store.payments.capture(second, of: stage.order, cause: "test")
      for attempt in 1...PaymentReturnSchedule.attempts {
        let refund = try await store.refunds.requestReturn(of: second, order: stage.order)
        #expect(refund.attempt == attempt)
        _ = try await store.refunds.refuse(refund.id, cause: "test")
      }
      let last = try await store.refunds.requestReturn(of: second, order: stage.order)
      #expect(last.status == .failed && last.attempt == PaymentReturnSchedule.attempts)
      #expect(try await store.refunds.waiting().map(\.next) == [nil])
      let auditNote = AuditNote(actor: "cli:test", reason: try #require(Reason("a test")), cause: "test")
      let again = try await store.refunds.returnAgain(second, order: stage.order, auditNote)
      #expect(again.status == .requested && again.attempt == PaymentReturnSchedule.attempts + 1)
      #expect(try await store.refunds.returnAgain(second, order: stage.order, auditNote).id == again.id)
      await #expect(throws: BillingError.notRefundable) {
        try await store.refunds.returnAgain(stage.order.payment(stage.payment), order: stage.order, auditNote)
      }
      try await stage.steps(.processed, again)
      #expect(try await store.refunds.waiting().isEmpty)
    }
  }

  @Test("a payment that is being returned is never credited", arguments: BillingStoreKind.allCases)
  func returnedIsNotCredited(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let stage = try await RefundStage.placed(store)
      let payment = stage.order.payment(stage.payment)
      try await store.payments.note(payment, of: stage.order, mismatch: true)
      try await stage.steps(.processed, try await store.refunds.requestReturn(of: payment, order: stage.order))
      #expect(try await store.payments.capture(payment, of: stage.order, cause: "test") == .surplus)
      #expect(try await stage.stand() == Stand(.created))
    }
  }
}
