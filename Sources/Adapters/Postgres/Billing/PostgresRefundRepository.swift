import Application
import Domain
import FoundationEssentials
import PostgresDriver

/// Refunds and disputes.
public struct PostgresRefundRepository: RefundRepository {
  private let database: PostgresPool
  private let aggregates: PostgresOrderAggregateStore

  public init(database: PostgresPool) {
    self.database = database
    aggregates = PostgresOrderAggregateStore(database: database)
  }

  public func request(_ request: RefundInstruction) async throws(BillingError) -> Refund {
    let actor = request.actor.description
    return try await aggregates.update(request.order, cause: .actor(actor)) { aggregate, wallet, transaction in
      let (refund, isRepeat) = try aggregate.requestRefund(request, available: wallet.available, newID: Self.newID)
      if isRepeat { return refund }
      if let cap = request.dailyCap {
        let use = OperatorDailyUse(actor: actor, refunded: refund.money.amount)
        guard try await use.count(below: cap.count, in: transaction) else { throw BillingError.dailyCapReached }
      }
      try await OperatorAction(
        actor: actor, action: "order.refunded", subject: request.order.description, reason: request.reason,
        details: "\(refund.money.amount), refund \(refund.id)"
      ).note(in: transaction)
      return refund
    }.value
  }

  public func requestReturn(of payment: GatewayPayment, order: Order) async throws(BillingError) -> Refund {
    try await aggregates.update(order.id, cause: "return") { aggregate, _, _ in
      try aggregate.requestReturn(of: payment, newID: Self.newID)
    }.value
  }

  public func returnAgain(
    _ payment: GatewayPayment, order: Order, _ auditNote: AuditNote
  ) async throws(BillingError) -> Refund {
    try await aggregates.update(order.id, cause: auditNote.cause) { aggregate, _, transaction in
      let refund = try aggregate.returnAgain(payment, newID: Self.newID)
      try await OperatorAction(
        actor: auditNote.actor, action: "payment.returned", subject: order.id.description,
        reason: auditNote.reason.text, details: "payment=\(payment.id)"
      ).note(in: transaction)
      return refund
    }.value
  }

  public func record(
    _ refund: GatewayRefund, of id: OrderID, cause: LedgerCause
  ) async throws(BillingError) -> Refund {
    try await aggregates.update(id, cause: cause) { aggregate, _, _ in aggregate.apply(refund, newID: Self.newID) }
      .value
  }

  public func record(
    _ dispute: GatewayDispute, of id: OrderID, cause: LedgerCause
  ) async throws(BillingError) {
    _ = try await aggregates.update(id, cause: cause) { aggregate, _, _ in aggregate.apply(dispute, newID: Self.newID) }
  }

  public func refuse(_ refund: RefundID, cause: LedgerCause) async throws(BillingError) -> Refund {
    let found = try await billing {
      try await database.query("SELECT transaction_id FROM refunds WHERE id = \(refund.uuid)").rows.first
        .map { OrderID(try $0.get("transaction_id", as: UUID.self)) }
    }
    guard let found else { throw .orderNotFound }
    return try await aggregates.update(found, cause: cause) { aggregate, _, _ in
      guard let refused = aggregate.refuse(refund, newID: Self.newID) else { throw BillingError.orderNotFound }
      return refused
    }.value
  }

  public func claimDue(limit: Int) async throws(BillingError) -> [Refund] {
    let pauses = RefundCheckSchedule.pauses.map(\.wholeMilliseconds)
    return try await billing {
      try await database.query(
        """
        UPDATE refunds SET attempts = attempts + 1, try_at = clock_timestamp()
          + (\(pauses)::bigint[])[least(attempts + 1, \(pauses.count))] * interval '1 millisecond'
        WHERE id IN (
          SELECT id FROM refunds WHERE try_at <= statement_timestamp() ORDER BY try_at LIMIT \(limit)
          FOR UPDATE SKIP LOCKED)
        RETURNING id, transaction_id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin,
          talktime_ms, attempt, attempts
        """
      ).rows.map(readRefund)
    }
  }

  public func refunds(of order: OrderID) async throws(BillingError) -> [Refund] {
    try await billing { try await aggregates.refunds(of: order).map(\.refund) }
  }

  /// Applies the rule of `OrderAggregate.waiting` to all orders at once.
  public func waiting() async throws(BillingError) -> [WaitingRefund] {
    try await billing {
      try await database.query(
        """
        SELECT r.id, r.transaction_id, r.razorpay_payment_id, r.razorpay_refund_id, r.amount, r.currency, r.status,
          r.origin, r.talktime_ms, r.attempt, r.attempts, t.user_id, r.created_at, r.try_at
        FROM refunds r JOIN transactions t ON t.id = r.transaction_id AND t.user_id IS NOT NULL
        WHERE r.status = 'requested' OR (r.origin = 'surplus' AND r.status = 'failed'
          AND NOT EXISTS (SELECT FROM refunds later WHERE later.razorpay_payment_id = r.razorpay_payment_id
            AND later.origin = 'surplus' AND (later.number > r.number OR later.status <> 'failed'))
          AND (SELECT coalesce(sum(other.amount), 0) FROM refunds other
            WHERE other.razorpay_payment_id = r.razorpay_payment_id AND other.status <> 'failed') <
            coalesce((SELECT p.amount FROM payments p WHERE p.razorpay_payment_id = r.razorpay_payment_id), t.amount))
        ORDER BY r.number
        """
      ).rows.map { row in
        WaitingRefund(
          refund: try readRefund(row), user: UserID(try row.get("user_id", as: UUID.self)),
          since: try row.get("created_at"), next: try row.get("try_at"))
      }
    }
  }

  private static func newID() -> RefundID { RefundID(UUID()) }
}
