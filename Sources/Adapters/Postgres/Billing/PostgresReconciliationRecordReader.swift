import Application
import Domain
import FoundationEssentials
import PostgresDriver

public struct PostgresReconciliationRecordReader: ReconciliationRecordReader {
  private let database: PostgresPool

  public init(database: PostgresPool) { self.database = database }

  public func orders(razorpayIDs: [String]) async throws(BillingError) -> [String: Order] {
    try await billing {
      let orders = try await database.query(
        """
        SELECT \(OrderRow.columns)
        FROM transactions WHERE razorpay_order_id = ANY(\(razorpayIDs)) AND user_id IS NOT NULL
          AND (guide_status IS NULL OR status IN ('created', 'authorized', 'failed', 'expired'))
        """
      ).rows.map(OrderRow.read)
      return Dictionary(orders.map { ($0.razorpayOrderID ?? "", $0) }) { first, _ in first }
    }
  }

  public func payments(_ ids: [String]) async throws(BillingError) -> [RecordedPayment] {
    try await billing {
      try await database.query(
        """
        SELECT \(Self.paymentColumns)
        FROM payments p WHERE p.razorpay_payment_id = ANY(\(ids))
        """
      ).rows.map(readPayment)
    }
  }

  public func credited(in period: ReconciliationPeriod) async throws(BillingError) -> [RecordedPayment] {
    try await billing {
      try await database.query(
        """
        SELECT \(Self.paymentColumns)
        FROM transactions t JOIN payments p ON p.transaction_id = t.id AND p.credited
        WHERE t.paid_at >= \(period.from) AND t.paid_at < \(period.to + 1)
        """
      ).rows.map(readPayment)
    }
  }

  public func refunds(_ razorpayIDs: [String]) async throws(BillingError) -> [RecordedRefund] {
    try await billing {
      try await database.query(
        """
        SELECT razorpay_refund_id AS id, amount, currency, status FROM refunds
        WHERE razorpay_refund_id = ANY(\(razorpayIDs))
        """
      ).rows.map { row in
        RecordedRefund(
          id: try row.get("id"), money: try readMoney(row),
          status: GatewayRefund.Status(known: try row.get("status")) ?? .pending)
      }
    }
  }

  public func disputes(_ razorpayIDs: [String]) async throws(BillingError) -> [String: DisputeStatus] {
    try await billing {
      let found = try await database.query(
        "SELECT razorpay_dispute_id AS id, status FROM disputes WHERE razorpay_dispute_id = ANY(\(razorpayIDs))")
      return Dictionary(
        try found.rows.map { row in
          guard let status = DisputeStatus(rawValue: try row.get("status")) else { throw LedgerError.corrupt }
          return (try row.get("id", as: String.self), status)
        }
      ) { first, _ in first }
    }
  }

  /// The columns of `payments` as `p`.
  private static let paymentColumns: PostgresColumnList = """
    p.razorpay_payment_id AS id, p.transaction_id, p.amount, p.currency, p.credited,
    (SELECT coalesce(sum(r.amount), 0)::bigint FROM refunds r
      WHERE r.razorpay_payment_id = p.razorpay_payment_id AND r.origin <> 'dispute'
        AND r.status IN ('pending', 'processed')) AS refunded
    """

  private func readPayment(_ row: PostgresRow) throws -> RecordedPayment {
    RecordedPayment(
      id: try row.get("id"), order: OrderID(try row.get("transaction_id", as: UUID.self)), money: try readMoney(row),
      isCredited: try row.get("credited"), refunded: Paise(try row.get("refunded")))
  }
}
