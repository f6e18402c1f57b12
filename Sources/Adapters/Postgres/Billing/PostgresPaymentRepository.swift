import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Payments and what they credit. The order's row is locked first, then the wallet's.
public struct PostgresPaymentRepository: PaymentRepository {
  private let database: PostgresPool
  private let outbox = PostgresOutbox(source: "billing")
  private let ledger: WalletLedger
  private let refunds: PostgresRefundRepository

  public init(database: PostgresPool) {
    self.database = database
    ledger = WalletLedger(outbox: outbox)
    refunds = PostgresRefundRepository(database: database)
  }

  public func capture(
    _ payment: GatewayPayment, of order: Order, cause: Cause
  ) async throws(BillingError) -> CaptureResult {
    try await billing {
      try await database.transaction { transaction in
        let (user, credited) = try await lock(order, transaction)
        try await record(payment, order, status: payment.status == .refunded ? "refunded" : "captured", transaction)
        guard order.sellsTalkTime else {
          try await close(order, transaction)
          return .surplus
        }
        var locked = try await ledger.lock(user, in: transaction)
        if let credited {
          return credited == payment.id ? .credited(balance: locked.wallet.balance) : .surplus
        }
        if try await goesBack(payment, transaction) { return .surplus }
        try await ledger.credit(
          order.talkTime, kind: .purchase, reference: "payment:\(payment.id)", cause: cause, to: &locked,
          in: transaction)
        try await settle(payment, order, user, transaction)
        try await refunds.apply(to: order.id, of: payment.id, cause: cause, &locked, transaction)
        return .credited(balance: locked.wallet.balance)
      }
    }
  }

  public func note(_ payment: GatewayPayment, of order: Order, mismatch: Bool) async throws(BillingError) {
    try await billing {
      try await database.transaction { transaction in
        let (user, credited) = try await lock(order, transaction)
        let status = mismatch ? "mismatch" : payment.status == .failed ? "failed" : "authorized"
        let isNew = try await record(payment, order, status: status, transaction)
        guard credited == nil, !mismatch else { return }
        try await transaction.query(
          """
          UPDATE transactions SET status = \(status) WHERE id = \(order.id.uuid)
            AND status IN ('creating', 'created', 'failed')
          """)
        if isNew, status == "failed" {
          try await outbox.append(
            PaymentFailed(userID: user, orderID: order.id.description, paymentID: payment.id), in: transaction)
        }
      }
    }
  }

  /// Takes the order's lock: whose it is now, and the payment that was credited for it, if any. Both may have changed
  /// since the order was read, such as while Razorpay was asked.
  private func lock(
    _ order: Order, _ transaction: PostgresTransaction
  ) async throws -> (user: UserID, credited: String?) {
    let found = try await transaction.query(
      "SELECT user_id FROM transactions WHERE id = \(order.id.uuid) AND user_id IS NOT NULL FOR UPDATE")
    guard let row = found.rows.first else { throw BillingError.orderNotFound }
    let credited = try await transaction.query(
      "SELECT razorpay_payment_id AS id FROM payments WHERE transaction_id = \(order.id.uuid) AND credited")
    return (UserID(try row.get("user_id", as: UUID.self)), try credited.rows.first?.get("id", as: String.self))
  }

  /// A payment that Razorpay sent back before it was credited, such as one that was not captured in time, or one that we
  /// have begun to send back.
  private func goesBack(_ payment: GatewayPayment, _ transaction: PostgresTransaction) async throws -> Bool {
    try await transaction.query(
      """
      SELECT 1 FROM payments WHERE razorpay_payment_id = \(payment.id) AND status = 'refunded'
      UNION ALL SELECT 1 FROM refunds WHERE razorpay_payment_id = \(payment.id) AND origin = 'surplus' LIMIT 1
      """
    ).rows.first != nil
  }

  /// A payment only moves up in rank, whatever order the news comes in; one that was parked under an order that is not
  /// its own moves to its own.
  /// - Returns: whether it was unknown.
  @discardableResult
  private func record(
    _ payment: GatewayPayment, _ order: Order, status: String, _ transaction: PostgresTransaction
  ) async throws -> Bool {
    let result = try await transaction.query(
      """
      INSERT INTO payments (razorpay_payment_id, transaction_id, amount, currency, status, customer_fee)
      VALUES (\(payment.id), \(order.id.uuid), \(payment.money.amount.count), \(payment.money.currency.code), \(status),
        \(payment.customerFee(for: order.price).count))
      ON CONFLICT (razorpay_payment_id) DO UPDATE SET status = excluded.status, updated_at = clock_timestamp(),
        customer_fee = greatest(payments.customer_fee, excluded.customer_fee),
        transaction_id = CASE WHEN payments.credited THEN payments.transaction_id ELSE excluded.transaction_id END
      WHERE array_position(ARRAY['mismatch', 'failed', 'authorized', 'captured', 'refunded'], payments.status)
        < array_position(ARRAY['mismatch', 'failed', 'authorized', 'captured', 'refunded'], excluded.status)
      RETURNING xmax = 0 AS is_new
      """)
    return try result.rows.first?.get("is_new", as: Bool.self) ?? false
  }

  /// Its money goes back, so that nobody is asked to pay it any more.
  private func close(_ order: Order, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      UPDATE transactions SET status = 'expired', check_at = NULL
      WHERE id = \(order.id.uuid) AND status IN ('creating', 'created', 'authorized', 'failed')
      """)
  }

  private func settle(
    _ payment: GatewayPayment, _ order: Order, _ user: UserID, _ transaction: PostgresTransaction
  ) async throws {
    try await transaction.query(
      "UPDATE payments SET credited = true WHERE razorpay_payment_id = \(payment.id)")
    try await transaction.query(
      """
      UPDATE transactions SET status = 'paid', razorpay_payment_id = \(payment.id), paid_at = clock_timestamp()
      WHERE id = \(order.id.uuid)
      """)
    try await outbox.append(
      PaymentCaptured(
        userID: user, orderID: order.id.description, paymentID: payment.id, amount: payment.money.amount,
        currency: payment.money.currency, talkTime: order.talkTime),
      in: transaction)
  }
}
