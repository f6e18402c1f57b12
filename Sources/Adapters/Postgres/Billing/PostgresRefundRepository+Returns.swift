import Application
import Domain
import FoundationEssentials
import PostgresDriver

extension PostgresRefundRepository {
  public func returnAgain(
    _ payment: GatewayPayment, order: Order, _ auditNote: AuditNote
  ) async throws(BillingError) -> Refund {
    try await billing {
      try await database.transaction { transaction in
        guard let locked = try await rows.lock(order.id, in: transaction) else { throw BillingError.orderNotFound }
        guard locked.creditedPayment != payment.id else { throw BillingError.notRefundable }
        // An order that nothing was credited for may yet be paid with it.
        let returns = locked.refunds.filter { $0.paymentID == payment.id && $0.origin == .surplus }
        guard locked.creditedPayment != nil || !returns.isEmpty else { throw BillingError.notRefundable }
        try await OperatorAction(
          actor: auditNote.actor, action: "payment.returned", subject: order.id.description,
          reason: auditNote.reason.text,
          details: "payment=\(payment.id)"
        ).note(in: transaction)
        if let standing = returns.last(where: { $0.status != .failed }) { return try standing.refund(of: order.id) }
        return try await rows.insert(
          RefundRows.New(
            paymentID: payment.id, money: Money(payment.unreturned, payment.money.currency), status: .requested,
            origin: .surplus, attempt: (returns.last?.attempt ?? 0) + 1),
          of: order.id, in: transaction
        ).refund(of: order.id)
      }
    }
  }

  /// A return that failed is told of while no later attempt stands and something of its payment is left.
  public func waiting() async throws(BillingError) -> [WaitingRefund] {
    try await billing {
      try await database.query(
        """
        SELECT r.id, r.transaction_id, r.razorpay_payment_id, r.razorpay_refund_id, r.amount, r.currency, r.status,
          r.origin, r.talktime_ms, r.attempt, r.attempts, r.refused_at IS NOT NULL AS was_refused, t.user_id,
          r.created_at, r.try_at
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
          refund: try RefundRows.read(row).refund(of: OrderID(try row.get("transaction_id", as: UUID.self))),
          user: UserID(try row.get("user_id", as: UUID.self)), since: try row.get("created_at"),
          next: try row.get("try_at"))
      }
    }
  }
}
