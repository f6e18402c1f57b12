import Application
import Domain
import PostgresDriver

extension PostgresRefunds {
  public func record(
    _ dispute: GatewayDispute, of id: OrderID, cause: Cause
  ) async throws(BillingError) {
    try await billing {
      try await database.transaction { transaction in
        guard let order = try await rows.lock(id, in: transaction) else { throw BillingError.orderNotFound }
        guard try await note(dispute, order, transaction) else { return }
        var locked = try await ledger.lock(order.user, in: transaction)
        let freeze = FreezeCause.dispute(dispute.id)
        if dispute.status.isOpen {
          try await ledger.freeze(
            &locked, cause: freeze, reason: "a payment is disputed", in: transaction)
        } else {
          try await ledger.thaw(&locked, cause: freeze, in: transaction)
        }
        if dispute.status == .lost { try await lose(dispute, order, cause, &locked, transaction) }
        try await rows.refreshStatus(of: id, in: transaction)
      }
    }
  }

  /// What was decided is not opened again by news that come late.
  private func note(
    _ dispute: GatewayDispute, _ order: RefundedOrder, _ transaction: PostgresTransaction
  ) async throws -> Bool {
    try await transaction.query(
      """
      INSERT INTO disputes (razorpay_dispute_id, transaction_id, razorpay_payment_id, amount, currency, status)
      VALUES (\(dispute.id), \(order.id.uuid), \(dispute.paymentID), \(dispute.money.amount.count),
        \(dispute.money.currency.code), \(dispute.status.rawValue))
      ON CONFLICT (razorpay_dispute_id) DO UPDATE SET status = excluded.status, updated_at = clock_timestamp()
      WHERE disputes.status NOT IN ('won', 'lost', 'closed') AND disputes.status <> excluded.status
        AND excluded.status <> 'created'
      RETURNING razorpay_dispute_id
      """
    ).rows.first != nil
  }

  /// The bank took the money: at most what of the payment was not sent back before. Where the payment has credited
  /// nothing yet, the time is taken when it has.
  private func lose(
    _ dispute: GatewayDispute, _ order: RefundedOrder, _ cause: Cause, _ locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws {
    let amount = min(dispute.money.amount, order.left(of: dispute.paymentID))
    guard amount > .zero else { return }
    var row = try await rows.insert(
      RefundRows.New(
        paymentID: dispute.paymentID, money: Money(amount, order.price.currency), status: .requested,
        origin: .dispute),
      of: order.id, in: transaction)
    let isCredited = order.creditedPayment == dispute.paymentID
    if isCredited { try await books.take(&row, of: order, cause: cause, from: &locked, in: transaction) }
    row.status = .processed
    try await rows.update(row, in: transaction)
    if isCredited { try await books.settle(row, of: order, cause: cause, in: &locked, transaction) }
    try await transaction.query(
      "UPDATE disputes SET refund_id = \(row.id.uuid) WHERE razorpay_dispute_id = \(dispute.id)")
  }
}
