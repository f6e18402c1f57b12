import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Loads and stores orders with their payments, refunds and disputes. The order's row is locked first, then its user's
/// wallet. The domain's decisions are written in the same transaction.
struct PostgresOrderAggregateStore: Sendable {
  private let database: PostgresPool
  private let outbox: PostgresOutbox
  private let ledger: WalletLedger

  init(database: PostgresPool) {
    self.database = database
    outbox = PostgresOutbox(source: "billing")
    ledger = WalletLedger(outbox: outbox)
  }

  /// - Parameters:
  ///   - payment: the payment to handle, which may be parked under another order.
  ///   - body: decides on the aggregate and the user's wallet, both under their locks.
  /// - Returns: the result of `body`, and the wallet after it.
  /// - Throws: `orderNotFound` if the order does not exist or its buyer is not known, and the errors of `body`.
  func update<Value: Sendable>(
    _ id: OrderID, lookingAt payment: String? = nil, cause: LedgerCause,
    _ body: @Sendable (inout OrderAggregate, Wallet, PostgresTransaction) async throws -> Value
  ) async throws(BillingError) -> (value: Value, wallet: Wallet) {
    try await billing {
      try await database.transaction { transaction in
        guard var aggregate = try await load(id, payment, transaction) else { throw BillingError.orderNotFound }
        var locked = try await ledger.lock(aggregate.order.user, in: transaction)
        let before = aggregate
        let value = try await body(&aggregate, locked.wallet, transaction)
        try await save(aggregate, before, transaction)
        try await ledger.apply(aggregate.steps, cause: cause, to: &locked, in: transaction)
        for event in aggregate.events { try await outbox.append(event, in: transaction) }
        return (value, locked.wallet)
      }
    }
  }

  func refunds(of order: OrderID) async throws -> [OrderRefund] {
    try await refunds(of: order, orReturning: nil, database)
  }

  private func load(
    _ id: OrderID, _ payment: String?, _ transaction: PostgresTransaction
  ) async throws -> OrderAggregate? {
    let found = try await transaction.query(
      """
      SELECT \(OrderRow.columns), paid_at IS NOT NULL AS is_paid
      FROM transactions WHERE id = \(id.uuid) AND user_id IS NOT NULL FOR UPDATE
      """)
    guard let row = found.rows.first else { return nil }
    let order = try OrderRow.read(row)
    let refunds = try await refunds(of: id, orReturning: payment, transaction)
    return OrderAggregate(
      order, isPaid: try row.get("is_paid"),
      payments: try await payments(of: id, payment, transaction),
      refunds: refunds.filter { $0.refund.order == id }, disputes: try await disputes(of: id, transaction),
      returnedElsewhere: Set(refunds.filter { $0.refund.order != id }.map(\.refund.paymentID)),
      isOwnerGone: try await isGone(order.user, transaction))
  }

  /// Under the lock that a deletion takes before it looks at the wallet.
  private func isGone(_ user: UserID, _ transaction: PostgresTransaction) async throws -> Bool {
    try await AccountLock.share(user, in: transaction)
    return try await transaction.query("SELECT FROM users WHERE id = \(user.uuid) AND deleted_at IS NOT NULL").rows
      .first != nil
  }

  /// Locks the payments, since two orders may handle the same payment.
  private func payments(
    of id: OrderID, _ payment: String?, _ transaction: PostgresTransaction
  ) async throws -> [OrderPayment] {
    try await transaction.query(
      """
      SELECT razorpay_payment_id, transaction_id, amount, currency, status, customer_fee, credited FROM payments
      WHERE transaction_id = \(id.uuid) OR razorpay_payment_id = \(payment) ORDER BY razorpay_payment_id FOR UPDATE
      """
    ).rows.map { row in
      guard let status = PaymentStatus(rawValue: try row.get("status")) else { throw LedgerError.corrupt }
      return OrderPayment(
        id: try row.get("razorpay_payment_id"), order: OrderID(try row.get("transaction_id", as: UUID.self)),
        money: try readMoney(row), status: status, customerFee: Paise(try row.get("customer_fee")),
        isCredited: try row.get("credited"))
    }
  }

  /// - Parameter payment: a payment whose returns are read too, under any order.
  private func refunds(
    of id: OrderID, orReturning payment: String?, _ session: some PostgresStatementRunner
  ) async throws -> [OrderRefund] {
    try await session.query(
      """
      SELECT id, transaction_id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin, talktime_ms,
        attempt, attempts, refused_at IS NOT NULL AS was_refused, requested_by, idempotency_key, reason
      FROM refunds WHERE transaction_id = \(id.uuid) OR razorpay_payment_id = \(payment) AND origin = 'surplus'
      ORDER BY number
      """
    ).rows.map { row in
      OrderRefund(
        try readRefund(row), wasRefused: try row.get("was_refused"), requestedBy: try row.get("requested_by"),
        key: try row.get("idempotency_key"), reason: try row.get("reason"))
    }
  }

  private func disputes(of id: OrderID, _ transaction: PostgresTransaction) async throws -> [OrderDispute] {
    try await transaction.query(
      """
      SELECT razorpay_dispute_id, razorpay_payment_id, amount, currency, status, refund_id FROM disputes
      WHERE transaction_id = \(id.uuid)
      """
    ).rows.map { row in
      guard let status = DisputeStatus(rawValue: try row.get("status")) else { throw LedgerError.corrupt }
      return OrderDispute(
        id: try row.get("razorpay_dispute_id"), paymentID: try row.get("razorpay_payment_id"),
        money: try readMoney(row), status: status,
        refund: try row.get("refund_id", as: UUID?.self).map(RefundID.init))
    }
  }

  // MARK: storing the decisions

  /// Writes the rows that are new or changed.
  private func save(
    _ aggregate: OrderAggregate, _ before: OrderAggregate, _ transaction: PostgresTransaction
  ) async throws {
    for payment in aggregate.payments where !before.payments.contains(payment) {
      let isNew = !before.payments.contains { $0.id == payment.id }
      try await isNew ? insert(payment, transaction) : update(payment, transaction)
    }
    for refund in aggregate.refunds where !before.refunds.contains(refund) {
      try await save(refund, of: aggregate.order.id, transaction)
    }
    for dispute in aggregate.disputes where !before.disputes.contains(dispute) {
      try await save(dispute, of: aggregate.order.id, transaction)
    }
    let credited = before.creditedPayment == nil ? aggregate.creditedPayment : nil
    guard aggregate.order.status != before.order.status || credited != nil else { return }
    try await transaction.query(
      """
      UPDATE transactions SET status = \(aggregate.order.status.rawValue),
        razorpay_payment_id = coalesce(\(credited), razorpay_payment_id),
        paid_at = CASE WHEN \(credited != nil) THEN clock_timestamp() ELSE paid_at END,
        check_at = CASE WHEN \(aggregate.isClosed) THEN NULL ELSE check_at END
      WHERE id = \(aggregate.order.id.uuid)
      """)
  }

  /// Another order may have stored the payment since it was read: the transaction is then tried again.
  private func insert(_ payment: OrderPayment, _ transaction: PostgresTransaction) async throws {
    let made = try await transaction.query(
      """
      INSERT INTO payments (razorpay_payment_id, transaction_id, amount, currency, status, customer_fee, credited)
      VALUES (\(payment.id), \(payment.order.uuid), \(payment.money.amount.count), \(payment.money.currency.code),
        \(payment.status.rawValue), \(payment.customerFee.count), \(payment.isCredited))
      ON CONFLICT DO NOTHING
      """)
    guard made.affectedRows == 1 else {
      throw PostgresError(.server(sqlState: "40001", constraint: nil), message: "two orders met at one payment")
    }
  }

  private func update(_ payment: OrderPayment, _ transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      UPDATE payments SET transaction_id = \(payment.order.uuid), status = \(payment.status.rawValue),
        customer_fee = \(payment.customerFee.count), credited = \(payment.isCredited), updated_at = clock_timestamp()
      WHERE razorpay_payment_id = \(payment.id)
      """)
  }

  private func save(
    _ row: OrderRefund, of order: OrderID, _ transaction: PostgresTransaction
  ) async throws {
    let (refund, isOver) = (row.refund, row.refund.status.isOver)
    var pause: Duration?
    if case .after(let duration) = row.question { pause = duration }
    try await transaction.query(
      """
      INSERT INTO refunds (id, transaction_id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin,
        talktime_ms, reason, requested_by, idempotency_key, attempt, refused_at, try_at, finished_at)
      VALUES (\(refund.id.uuid), \(order.uuid), \(refund.paymentID), \(refund.razorpayID), \(refund.money.amount.count),
        \(refund.money.currency.code), \(refund.status.rawValue), \(refund.origin.rawValue),
        \(refund.talkTime?.milliseconds), \(row.reason), \(row.requestedBy), \(row.key), \(refund.attempt),
        CASE WHEN \(row.wasRefused) THEN clock_timestamp() END,
        clock_timestamp() + \(pause?.wholeMilliseconds)::bigint * interval '1 millisecond',
        CASE WHEN \(isOver) THEN clock_timestamp() END)
      ON CONFLICT (id) DO UPDATE SET
        razorpay_refund_id = coalesce(refunds.razorpay_refund_id, excluded.razorpay_refund_id),
        status = excluded.status, talktime_ms = excluded.talktime_ms,
        refused_at = coalesce(refunds.refused_at, excluded.refused_at),
        try_at = CASE WHEN \(row.question == .asBefore) THEN refunds.try_at ELSE excluded.try_at END,
        finished_at = CASE WHEN \(isOver) THEN
          coalesce(CASE WHEN \(!row.isRevived) THEN refunds.finished_at END, excluded.finished_at) END
      """)
  }

  private func save(
    _ dispute: OrderDispute, of order: OrderID, _ transaction: PostgresTransaction
  ) async throws {
    try await transaction.query(
      """
      INSERT INTO disputes (razorpay_dispute_id, transaction_id, razorpay_payment_id, amount, currency, status, refund_id)
      VALUES (\(dispute.id), \(order.uuid), \(dispute.paymentID), \(dispute.money.amount.count),
        \(dispute.money.currency.code), \(dispute.status.rawValue), \(dispute.refund?.uuid))
      ON CONFLICT (razorpay_dispute_id) DO UPDATE SET status = excluded.status, refund_id = excluded.refund_id,
        updated_at = clock_timestamp()
      """)
  }
}

/// - Throws: an error for values that no refund can have.
func readRefund(_ row: PostgresRow) throws -> Refund {
  guard let status = RefundStatus(rawValue: try row.get("status")),
    let origin = RefundOrigin(rawValue: try row.get("origin"))
  else { throw LedgerError.corrupt }
  return Refund(
    id: RefundID(try row.get("id", as: UUID.self)), order: OrderID(try row.get("transaction_id", as: UUID.self)),
    paymentID: try row.get("razorpay_payment_id"), razorpayID: try row.get("razorpay_refund_id"),
    money: try readMoney(row), status: status, origin: origin,
    talkTime: try row.get("talktime_ms", as: Int64?.self).map { .milliseconds($0) }, attempt: try row.get("attempt"),
    asked: try row.get("attempts"))
}
