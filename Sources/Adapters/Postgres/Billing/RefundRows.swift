import Domain
import FoundationEssentials
import PostgresDriver

/// The rows of an order and its refunds.
struct RefundRows: Sendable {
  /// Takes the order's lock; nil for one that is nobody's or does not exist.
  func lock(_ id: OrderID, in transaction: PostgresTransaction) async throws -> RefundedOrder? {
    let found = try await transaction.query(
      """
      SELECT user_id, amount, currency, talktime_ms FROM transactions
      WHERE id = \(id.uuid) AND user_id IS NOT NULL FOR UPDATE
      """)
    guard let row = found.rows.first else { return nil }
    guard let currency = Currency(try row.get("currency", as: String.self)) else { throw LedgerError.corrupt }
    let payments = try await transaction.query(
      "SELECT razorpay_payment_id AS id, amount, credited FROM payments WHERE transaction_id = \(id.uuid)"
    ).rows
    let credited = try payments.first { try $0.get("credited", as: Bool.self) }
    let paid = try payments.map { (try $0.get("id", as: String.self), Paise(try $0.get("amount"))) }
    return RefundedOrder(
      id: id, user: UserID(try row.get("user_id", as: UUID.self)),
      price: Money(Paise(try row.get("amount", as: Int64?.self) ?? 0), currency),
      talkTime: .milliseconds(try row.get("talktime_ms")), creditedPayment: try credited?.get("id"),
      payments: Dictionary(paid) { first, _ in first }, refunds: try await all(of: id, in: transaction))
  }

  func all(of order: OrderID, in session: some PostgresSession) async throws -> [RefundRow] {
    try await session.query(
      """
      SELECT id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin, talktime_ms, attempt,
        attempts, refused_at IS NOT NULL AS was_refused
      FROM refunds WHERE transaction_id = \(order.uuid) ORDER BY number
      """
    ).rows.map(Self.read)
  }

  struct New {
    let paymentID: String
    var razorpayID: String?
    let money: Money
    let status: RefundStatus
    let origin: RefundOrigin
    var reason: String?
    var requestedBy: String?
    var key: String?
    var attempt = 1
    /// Until Razorpay is asked; by default whoever writes it down asks at once, and another one does when that has not
    /// happened soon.
    var pause = Duration.seconds(30)
  }

  func insert(
    _ new: New, of order: OrderID, in transaction: PostgresTransaction
  ) async throws -> RefundRow {
    let isOpen = new.status == .requested || new.status == .pending
    let made = try await transaction.query(
      """
      INSERT INTO refunds (transaction_id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin,
        reason, requested_by, idempotency_key, attempt, try_at)
      VALUES (\(order.uuid), \(new.paymentID), \(new.razorpayID), \(new.money.amount.count),
        \(new.money.currency.code), \(new.status.rawValue), \(new.origin.rawValue), \(new.reason),
        \(new.requestedBy), \(new.key), \(new.attempt),
        CASE WHEN \(isOpen) THEN
          clock_timestamp() + \(new.pause.wholeMilliseconds)::bigint * interval '1 millisecond' END)
      RETURNING id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin, talktime_ms, attempt,
        attempts, refused_at IS NOT NULL AS was_refused
      """)
    guard let row = made.rows.first else { throw LedgerError.corrupt }
    return try Self.read(row)
  }

  /// - Parameter revived: it had failed, and stands again.
  func update(_ row: RefundRow, revived: Bool, in transaction: PostgresTransaction) async throws {
    let isOver = row.status == .processed || row.status == .failed
    try await transaction.query(
      """
      UPDATE refunds SET razorpay_refund_id = coalesce(razorpay_refund_id, \(row.razorpayID)),
        status = \(row.status.rawValue),
        try_at = CASE WHEN \(isOver) THEN NULL ELSE clock_timestamp() + interval '1 hour' END,
        finished_at = CASE WHEN \(isOver) THEN
          coalesce(CASE WHEN \(!revived) THEN finished_at END, clock_timestamp()) END
      WHERE id = \(row.id.uuid)
      """)
  }

  /// It counts as failed though Razorpay has not told of it.
  func markRefused(_ id: RefundID, in transaction: PostgresTransaction) async throws {
    try await transaction.query(
      "UPDATE refunds SET refused_at = coalesce(refused_at, clock_timestamp()) WHERE id = \(id.uuid)")
  }

  /// What the order is, by all that is known of it.
  func refreshStatus(of order: OrderID, in transaction: PostgresTransaction) async throws {
    try await transaction.query(
      """
      UPDATE transactions SET status = CASE
        WHEN EXISTS (SELECT FROM disputes WHERE transaction_id = \(order.uuid)
          AND status IN ('created', 'under_review', 'action_required')) THEN 'disputed'
        WHEN back.amount >= transactions.amount THEN 'refunded'
        WHEN back.amount > 0 THEN 'partially_refunded'
        ELSE 'paid' END
      FROM (SELECT coalesce(sum(amount), 0) AS amount FROM refunds
        WHERE transaction_id = \(order.uuid) AND status = 'processed' AND talktime_ms IS NOT NULL) back
      WHERE id = \(order.uuid) AND paid_at IS NOT NULL AND status <> 'legacy'
      """)
  }

  static func read(_ row: PostgresRow) throws -> RefundRow {
    guard let status = RefundStatus(rawValue: try row.get("status")),
      let origin = RefundOrigin(rawValue: try row.get("origin"))
    else { throw LedgerError.corrupt }
    return RefundRow(
      id: RefundID(try row.get("id", as: UUID.self)), paymentID: try row.get("razorpay_payment_id"),
      razorpayID: try row.get("razorpay_refund_id"), amount: Paise(try row.get("amount")),
      currency: try row.get("currency"), status: status, origin: origin,
      talkTime: try row.get("talktime_ms", as: Int64?.self).map { .milliseconds($0) },
      attempt: try row.get("attempt"), asked: try row.get("attempts"), wasRefused: try row.get("was_refused"))
  }
}

extension RefundRow {
  func refund(of order: OrderID) throws -> Refund {
    guard let currency = Currency(currency) else { throw LedgerError.corrupt }
    return Refund(
      id: id, order: order, paymentID: paymentID, razorpayID: razorpayID, money: Money(amount, currency),
      status: status, origin: origin, talkTime: talkTime, attempt: attempt, asked: asked)
  }
}
