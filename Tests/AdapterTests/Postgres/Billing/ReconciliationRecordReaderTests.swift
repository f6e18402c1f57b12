import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Payment records for the comparison with Razorpay", .serialized)
struct ReconciliationRecordReaderTests {
  @Test("a run begins on one instance at a time, and a finished one begins again only when it is due")
  func rounds() async throws {
    try await withMigratedDatabase { database in
      let rounds = PostgresPeriodicRunStore(database: database.pool)
      #expect(try await rounds.begin("settlement", retryAfter: .seconds(600)))
      #expect(try await rounds.begin("settlement", retryAfter: .seconds(600)) == false)
      try await database.pool.query("UPDATE billing_rounds SET due_at = due_at - interval '11 minutes'")
      #expect(try await rounds.begin("settlement", retryAfter: .seconds(600)))
      try await rounds.finish("settlement", next: .seconds(3_600))
      try await database.pool.query("UPDATE billing_rounds SET due_at = due_at - interval '11 minutes'")
      #expect(try await rounds.begin("settlement", retryAfter: .seconds(600)) == false)
    }
  }

  @Test("the records contain what was credited, when, and how much was refunded")
  func records() async throws {
    try await withMigratedDatabase { database in
      let orders = PostgresOrderRepository(database: database.pool)
      let payments = PostgresPaymentRepository(database: database.pool)
      let records = PostgresReconciliationRecordReader(database: database.pool)
      let order = try await orders.attach(
        "order_1", to: try await orders.create(for: UserID(UUID()), packID: "hour").id)
      _ = try await payments.capture(order.payment("pay_1"), of: order, cause: "test")
      try await payments.note(order.payment("pay_2", .failed), of: order, mismatch: false)
      #expect(try await records.payments(["pay_1", "pay_2", "pay_3"]).count == 2)
      let now = ReconciliationPeriod(from: Date() - 60, to: Date() + 60)
      let expected = RecordedPayment(
        id: "pay_1", order: order.id, money: order.price, isCredited: true, refunded: .zero)
      #expect(try await records.credited(in: now) == [expected])
      #expect(try await records.credited(in: ReconciliationPeriod(from: Date() - 600, to: Date() - 60)) == [])
      let razorpayID = try #require(order.razorpayOrderID)
      #expect(try await records.orders(razorpayIDs: [razorpayID, "order_x"]).keys.sorted() == [razorpayID])
      #expect(try await records.refunds(["rfnd_1"]) == [])
      let dispute = GatewayDispute(id: "disp_1", paymentID: "pay_1", money: order.price, status: .underReview)
      try await PostgresRefundRepository(database: database.pool).record(dispute, of: order.id, cause: "test")
      #expect(try await records.disputes(["disp_1", "disp_2"]) == ["disp_1": .underReview])
      #expect(try await records.disputes([]) == [:])
      // Razorpay may have nothing in a period.
      #expect(try await records.payments([]) == [])
      #expect(try await records.orders(razorpayIDs: []) == [:])
    }
  }
}
