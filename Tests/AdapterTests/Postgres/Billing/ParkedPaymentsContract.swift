import Application
import Domain
import Foundation
import Testing

@Suite("Payments that credit nothing", .serialized)
struct ParkedPaymentsContract {
  private let user = UserID(UUID())

  @Test(
    "a mismatched payment is parked: it changes no order, and a later correct report credits it",
    arguments: BillingStoreKind.allCases)
  func mismatch(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      try await store.payments.note(order.payment("pay_1"), of: order, mismatch: true)
      #expect(try await store.paymentStatus("pay_1") == "mismatch")
      #expect(try await store.status(of: order) == .created)
      #expect(try await store.told().isEmpty)
      let answer = try await store.payments.capture(order.payment("pay_1"), of: order, cause: "test")
      #expect(answer == .credited(balance: .minutes(10)))
    }
  }

  @Test(
    "a payment parked under another order is credited to its own order, once",
    arguments: BillingStoreKind.allCases)
  func wrongOrder(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let own = try await store.placed(by: user)
      let other = try await store.placed(by: user)
      try await store.payments.note(own.payment("pay_1"), of: other, mismatch: true)
      #expect(
        try await store.payments.capture(own.payment("pay_1"), of: own, cause: "test")
          == .credited(balance: .minutes(10)))
      #expect(try await store.payments.capture(own.payment("pay_2"), of: own, cause: "test") == .surplus)
      #expect(
        try await store.payments.capture(other.payment("pay_3"), of: other, cause: "test")
          == .credited(balance: .minutes(20)))
    }
  }

  @Test(
    "a payment that a return sends back under another order credits nothing under its own order",
    arguments: BillingStoreKind.allCases)
  func returnedElsewhere(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let own = try await store.placed(by: user)
      let other = try await store.placed(by: user)
      try await store.payments.note(own.payment("pay_1"), of: other, mismatch: true)
      _ = try await store.refunds.requestReturn(of: own.payment("pay_1"), order: other)
      #expect(try await store.payments.capture(own.payment("pay_1"), of: own, cause: "test") == .surplus)
      #expect(try await store.wallet(of: user) == .empty)
    }
  }

  @Test(
    "a payment that was returned before its credit credits nothing, however late its capture is reported",
    arguments: BillingStoreKind.allCases)
  func refundedFirst(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      for status in [GatewayPaymentStatus.refunded, .captured] {
        #expect(try await store.payments.capture(order.payment("pay_1", status), of: order, cause: "test") == .surplus)
      }
      #expect(try await store.paymentStatus("pay_1") == "refunded")
      #expect(try await store.wallet(of: user) == .empty)
      #expect(try await store.status(of: order) == .created)
      let answer = try await store.payments.capture(order.payment("pay_2"), of: order, cause: "test")
      #expect(answer == .credited(balance: .minutes(10)))
    }
  }

  @Test(
    "a credit stands when its payment is reported as refunded: only the refund takes it back",
    arguments: BillingStoreKind.allCases)
  func refundedLater(kind: BillingStoreKind) async throws {
    try await BillingStore.with(kind) { store in
      let order = try await store.placed(by: user)
      for status in [GatewayPaymentStatus.captured, .refunded, .captured] {
        let answer = try await store.payments.capture(order.payment("pay_1", status), of: order, cause: "test")
        #expect(answer == .credited(balance: .minutes(10)))
      }
      #expect(try await store.paymentStatus("pay_1") == "refunded")
    }
  }
}
