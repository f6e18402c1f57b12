import Application
import Domain
import FoundationEssentials
import PostgresDriver

extension PostgresOrderRepository: OrderCheckQueue {
  /// The first check depends on the order's age, each later one on the time set by the check before it. No lock is held
  /// while Razorpay is asked: a claimed order is due again in two minutes.
  public func claimDue(limit: Int) async throws(BillingError) -> [DueOrder] {
    try await billing {
      try await database.query(
        """
        WITH due AS (
          SELECT id AS due_id FROM transactions WHERE check_at IS NOT NULL AND user_id IS NOT NULL AND guide_status IS NULL
            AND (check_at <= statement_timestamp()
              OR checks = 0
                AND created_at <= statement_timestamp() - \(schedule.first.wholeMilliseconds) * interval '1 millisecond')
          ORDER BY check_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
        UPDATE transactions SET checks = checks + 1,
          check_at = clock_timestamp() + \(OrderCheckSchedule.claim.wholeMilliseconds) * interval '1 millisecond'
        FROM due WHERE id = due_id
        RETURNING \(OrderRow.columns),
          (extract(epoch FROM clock_timestamp() - created_at) * 1000)::bigint AS age_ms
        """
      ).rows.map { row in
        DueOrder(order: try OrderRow.read(row), age: .milliseconds(try row.get("age_ms", as: Int64.self)))
      }
    }
  }

  public func reschedule(at id: OrderID, in distance: Duration?) async throws(BillingError) {
    try await billing {
      try await database.query(
        """
        UPDATE transactions
        SET check_at = clock_timestamp() + \(distance?.wholeMilliseconds)::bigint * interval '1 millisecond'
        WHERE id = \(id.uuid)
        """)
    }
  }

  public func expire(_ order: Order) async throws(BillingError) -> Bool {
    try await billing {
      try await database.query(
        """
        UPDATE transactions SET status = 'expired'
        WHERE id = \(order.id.uuid) AND status = ANY(\(OrderStatus.expiring.map(\.rawValue)))
          AND razorpay_order_id IS NOT DISTINCT FROM \(order.razorpayOrderID)
        """
      ).affectedRows == 1
    }
  }
}
