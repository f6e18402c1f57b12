import Application
import Domain
import Fakes
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

/// The implementations of the ports: the fakes, or the adapters with a database of their own.
enum BillingStoreKind: CaseIterable { case memory, postgres }

/// Billing's ports over one set of rows, with a clock that the test controls.
struct BillingStore: Sendable {
  let orders: any OrderRepository & BuyerProfileReader
  let watched: any OrderCheckQueue
  let payments: any PaymentRepository
  let refunds: any RefundRepository
  let wallets: any WalletReader
  let statements: any StatementReader
  let figures: any BillingFiguresReader
  let webhooks: any PaymentWebhookInbox
  let advance: @Sendable (Duration) async throws -> Void
  /// Advances the store's clock by some milliseconds, so that the next row is newer.
  let pause: @Sendable () async throws -> Void
  let now: @Sendable () async throws -> Date
  /// Holds talk time, as a talk does.
  let hold: @Sendable (TalkTime, UserID, _ reference: String) async throws -> Void
  let paymentStatus: @Sendable (String) async throws -> String?
  /// Moves an order to another user, as a merge of two accounts does.
  let move: @Sendable (OrderID, UserID) async throws -> Void
  /// The users of the payment events.
  let toldOf: @Sendable () async throws -> [String]
  /// The types of the payment events so far.
  let told: @Sendable () async throws -> [String]
  /// The payments for which `payment.returned` was written.
  let returned: @Sendable () async throws -> [String]
  /// The outcome of a webhook; nil while it is not handled.
  let outcome: @Sendable (_ eventID: String) async throws -> String?

  /// In Postgres the ledger is audited after the body.
  static func with(
    _ kind: BillingStoreKind, connections: Int = 4, _ body: @Sendable (BillingStore) async throws -> Void
  ) async throws {
    switch kind {
    case .memory: try await body(inMemory())
    case .postgres:
      try await withMigratedDatabase(connections: connections) { database in
        try await body(inPostgres(database.pool))
        #expect(try await LedgerAudit(database: database.pool).verify().problems == [])
      }
    }
  }

  private static func inMemory() -> BillingStore {
    let clock = FakeClock()
    let orders = InMemoryOrderRepository(clock: clock)
    let wallets = InMemoryWallets(clock: clock)
    let refunds = InMemoryRefundRepository(orders: orders, wallets: wallets, clock: clock)
    let payments = InMemoryPaymentRepository(orders: orders, wallets: wallets)
    let webhooks = InMemoryPaymentWebhookInbox(clock: clock)
    return BillingStore(
      orders: orders, watched: orders, payments: payments, refunds: refunds, wallets: wallets,
      statements: InMemoryStatementReader(wallets: wallets, orders: orders),
      figures: InMemoryBillingFigures(wallets: wallets, orders: orders), webhooks: webhooks,
      advance: { clock.advance($0) },
      pause: { clock.advance(.milliseconds(5)) }, now: { clock.now() },
      hold: { time, user, reference in wallets.write("hold", reference, of: user) { $0.hold(upTo: time).change } },
      paymentStatus: { id in payments.payment(id).map { "\($0.status)" } }, move: { orders.move($0, to: $1) },
      toldOf: { payments.toldOf }, told: { payments.told }, returned: { refunds.returned },
      outcome: { webhooks.row($0)?.outcome })
  }

  private static func inPostgres(_ pool: PostgresPool) -> BillingStore {
    let ledger = WalletLedger(outbox: PostgresOutbox(source: "billing"))
    return BillingStore(
      orders: PostgresOrderRepository(database: pool), watched: PostgresOrderRepository(database: pool),
      payments: PostgresPaymentRepository(database: pool), refunds: PostgresRefundRepository(database: pool),
      wallets: PostgresWalletReader(database: pool), statements: PostgresStatementReader(database: pool),
      figures: PostgresBillingFiguresReader(database: pool),
      webhooks: PostgresPaymentWebhookInbox(database: pool),
      // The server's clock cannot be changed, so the rows are made older.
      advance: { duration in
        try await pool.query(
          "UPDATE razorpay_webhooks SET run_at = run_at - \(duration.components.seconds) * interval '1 second'")
        try await pool.query(
          "UPDATE refunds SET try_at = try_at - \(duration.components.seconds) * interval '1 second'")
        try await pool.query(
          """
          UPDATE transactions SET created_at = created_at - \(duration.components.seconds) * interval '1 second',
            check_at = check_at - \(duration.components.seconds) * interval '1 second'
          """)
      },
      pause: { try await pool.query("SELECT pg_sleep(0.005)") },
      now: { try await pool.query("SELECT clock_timestamp() AS now").rows.first?.get("now") ?? .distantPast },
      hold: { time, user, reference in
        try await pool.transaction { transaction in
          var locked = try await ledger.lock(user, in: transaction)
          _ = try await ledger.hold(
            upTo: time, reference: reference, purpose: reference, cause: "test", from: &locked, in: transaction)
        }
      },
      paymentStatus: { id in
        try await pool.query("SELECT status FROM payments WHERE razorpay_payment_id = \(id)").rows.first?.get("status")
      },
      move: { order, user in
        try await pool.query("UPDATE transactions SET user_id = \(user.uuid) WHERE id = \(order.uuid)")
      },
      toldOf: {
        try await pool.query("SELECT data::jsonb ->> 'user_id' AS id FROM outbox WHERE type LIKE 'payment.%'").rows
          .map { try $0.get("id") }
      },
      told: {
        try await pool.query("SELECT type FROM outbox WHERE type LIKE 'payment.%' ORDER BY created_at").rows
          .map { try $0.get("type") }
      },
      returned: {
        try await pool.query(
          "SELECT data::jsonb ->> 'payment_id' AS id FROM outbox WHERE type = 'payment.returned' ORDER BY created_at"
        ).rows.map { try $0.get("id") }
      },
      outcome: { eventID in
        try await pool.query(
          "SELECT outcome FROM razorpay_webhooks WHERE event_id = \(eventID) AND done_at IS NOT NULL"
        ).rows.first?.get("outcome", as: String?.self) ?? nil
      })
  }

  // MARK: steps that the suites share

  /// An order that exists at Razorpay.
  func placed(by user: UserID, _ pack: String = "ten-minutes") async throws -> Order {
    try await orders.attach("order_\(UUID())", to: try await orders.create(for: user, packID: pack).id)
  }

  func status(of order: Order) async throws -> OrderStatus? { try await orders.order(order.id)?.status }

  func wallet(of user: UserID) async throws -> Wallet { try await wallets.balance(of: user).wallet }
}

extension Order {
  func payment(_ id: String, _ status: GatewayPaymentStatus = .captured) -> GatewayPayment {
    GatewayPayment(id: id, orderID: razorpayOrderID, status: status, money: price)
  }
}
