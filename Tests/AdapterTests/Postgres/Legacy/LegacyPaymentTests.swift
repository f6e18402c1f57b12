import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Payments of the legacy deployment's orders after the upgrade", .serialized)
struct LegacyPaymentTests {
  private static let rows = """
    ALTER TABLE transactions ALTER COLUMN amount TYPE text;
    INSERT INTO users (email, talktime) VALUES ('asha@example.com', 5);
    INSERT INTO transactions (razorpay_order_id, razorpay_payment_id, user_email, amount, status) VALUES
      ('order_open', NULL, 'asha@example.com', '199.0', 'pending'),
      ('order_paid', 'pay_old', 'asha@example.com', '199.0', 'paid'),
      ('order_odd', NULL, 'asha@example.com', 'much', 'pending'),
      ('order_part', 'pay_part', 'asha@example.com', '199.0', 'partially_refunded');
    """

  /// Billing over the upgraded database, with a fake Razorpay.
  private struct Stage {
    let pool: PostgresPool
    let gateway = FakePaymentGateway()
    var orders: PostgresOrderRepository { PostgresOrderRepository(database: pool) }
    var refunds: PostgresRefundRepository { PostgresRefundRepository(database: pool) }

    func confirm(_ payment: GatewayPayment, of id: String) async throws -> PaymentOutcome {
      gateway.pay(payment)
      let order = try #require(try await orders.order(razorpayID: id))
      return try await ApplyPaymentUpdate(
        payments: PostgresPaymentRepository(database: pool), refunds: refunds, gateway: gateway)(
          payment, of: order, cause: "test")
    }

    func payment(_ id: String, of order: String, _ status: GatewayPaymentStatus = .captured) -> GatewayPayment {
      GatewayPayment(id: id, orderID: order, status: status, money: Money(Paise(19_900)))
    }

    func status(_ id: String) async throws -> OrderStatus? { try await orders.order(razorpayID: id)?.status }

    func balance() async throws -> Int64 {
      try await pool.query("SELECT sum(available_ms)::bigint AS ms FROM wallets").rows.first?.get("ms") ?? 0
    }
  }

  private func with(_ body: @Sendable (Stage) async throws -> Void) async throws {
    try await LegacyDatabase.with(tables: LegacyDatabase.tables + Self.rows) { pool in
      try await LegacyDatabase.migrate(pool, LegacyColumnUnits(talkTime: .minutes, amount: .rupees))
      let stage = Stage(pool: pool)
      try await body(stage)
      #expect(try await stage.balance() == 300_000)
      #expect(try await LedgerAudit(database: pool).verify().problems == [])
    }
  }

  @Test(
    "a payment of an open legacy order is returned whole, whether its amount is known or not",
    arguments: ["order_open", "order_odd"])
  func open(id: String) async throws {
    try await with { (stage: Stage) async throws in
      #expect(try await stage.confirm(stage.payment("pay_new", of: id), of: id) == .returned)
      let order = try #require(try await stage.orders.order(razorpayID: id))
      let refunds = try await stage.refunds.refunds(of: order.id)
      #expect(refunds.map(\.money) == [Money(Paise(19_900))] && refunds.map(\.status) == [.processed])
      #expect(order.status == .expired)
      // A repeated report, in either form, has the same result.
      #expect(try await stage.confirm(stage.payment("pay_new", of: id), of: id) == .returned)
      #expect(try await stage.refunds.refunds(of: order.id).count == 1)
    }
  }

  @Test("while a payment cannot be returned, an operator sees it")
  func parked() async throws {
    try await with { (stage: Stage) async throws in
      let payment = stage.payment("pay_new", of: "order_open")
      stage.gateway.fail(with: .unavailable(mayHaveActed: false))
      _ = try await stage.confirm(payment, of: "order_open")
      let told = try await LegacyProblems.list(in: stage.pool).filter { $0.contains("pay_new") }
      #expect(told.count == 1 && told.first?.hasSuffix("its refund is requested") == true)
      let talkLedger = PostgresReconciliationRecordReader(database: stage.pool)
      let orders = try await talkLedger.orders(razorpayIDs: ["order_open", "order_paid", "order_part"])
      #expect(orders.keys.sorted() == ["order_open"])
      let order = try #require(orders["order_open"])
      let comparison = PaymentComparison(
        payments: [payment], refunds: [], unknown: [], orders: orders, recordedPayments: [:], recordedRefunds: [:])
      #expect(
        comparison.differences == [.notReturned(payment: "pay_new", order: order.id, Money(Paise(19_900)))])
    }
  }

  @Test("a payment that is only authorized is not captured, and its authorization lapses")
  func authorized() async throws {
    try await with { (stage: Stage) async throws in
      let payment = stage.payment("pay_new", of: "order_open", .authorized)
      let outcome = try await stage.confirm(payment, of: "order_open")
      #expect(outcome == .stale && stage.gateway.calls.isEmpty)
    }
  }

  @Test(
    "an order that was paid before stays as it is", arguments: [("order_paid", "pay_old"), ("order_part", "pay_part")])
  func paidBefore(id: String, payment: String) async throws {
    try await with { (stage: Stage) async throws in
      let before = try await stage.status(id)
      #expect(try await stage.confirm(stage.payment(payment, of: id), of: id) == .stale)
      #expect(try await stage.confirm(stage.payment("pay_other", of: id, .failed), of: id) == .stale)
      #expect(try await stage.status(id) == before)
      #expect(stage.gateway.calls == [])
      #expect(try await stage.pool.query("SELECT FROM payments").rows.isEmpty)
    }
  }

  @Test("the audit finds a paid order without a payment")
  func audited() async throws {
    try await LegacyDatabase.with(tables: LegacyDatabase.tables + Self.rows) { pool in
      try await LegacyDatabase.migrate(pool, LegacyColumnUnits(talkTime: .minutes, amount: .rupees))
      try await pool.query(
        "UPDATE transactions SET status = 'paid', paid_at = clock_timestamp() WHERE razorpay_order_id = 'order_open'")
      let rules = try await LedgerAudit(database: pool).verify().findings.map(\.rule)
      #expect(rules.contains("a paid order with nothing for it"))
    }
  }
}
