import Application
import Domain
import PostgresDriver

extension PostgresRefundRepository {
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
        if dispute.status == .lost {
          // A return that waits has sent nothing yet: the bank was faster, and what is left alone goes back.
          var standing = order
          let isCredited = order.creditedPayment == dispute.paymentID
          if !isCredited {
            standing.refunds.removeAll {
              $0.paymentID == dispute.paymentID && $0.origin == .surplus && $0.status == .requested
            }
          }
          let taken = try await takeLost(of: dispute.paymentID, standing, cause, &locked, transaction)
          if !isCredited { try await arrangeReturn(of: dispute.paymentID, id, transaction) }
          try await transaction.query(
            "UPDATE disputes SET refund_id = \(taken?.uuid) WHERE razorpay_dispute_id = \(dispute.id)")
        }
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

  /// What the bank took by lost disputes and no refund of ours has taken yet: at most what of the payment was not sent
  /// back otherwise. A refund that fails later leaves room for the rest, which is taken then. Where the payment has
  /// credited nothing yet, the time is taken when it has.
  /// - Parameter order: with the refunds that stand now.
  /// - Returns: the refund that takes it; nil where nothing is to be taken.
  @discardableResult
  func takeLost(
    of payment: String, _ order: RefundedOrder, _ cause: Cause, _ locked: inout LockedWallet,
    _ transaction: PostgresTransaction
  ) async throws -> RefundID? {
    let disputed = try await transaction.query(
      """
      SELECT coalesce(sum(amount), 0)::bigint AS lost FROM disputes
      WHERE razorpay_payment_id = \(payment) AND transaction_id = \(order.id.uuid) AND status = 'lost'
      """)
    let lost = Paise(try disputed.rows.first?.get("lost") ?? 0)
    let taken = order.refunds.filter { $0.paymentID == payment && $0.origin == .dispute && $0.status != .failed }
      .map(\.amount).reduce(.zero, +)
    let amount = min(lost - taken, order.left(of: payment))
    guard amount > .zero else { return nil }
    var row = try await rows.insert(
      RefundRows.New(
        paymentID: payment, money: Money(amount, order.price.currency), status: .requested, origin: .dispute),
      of: order.id, in: transaction)
    let isCredited = order.creditedPayment == payment
    if isCredited { try await refundLedger.take(&row, of: order, cause: cause, from: &locked, in: transaction) }
    row.status = .processed
    try await rows.update(row, revived: false, in: transaction)
    if isCredited { try await refundLedger.settle(row, of: order, cause: cause, in: &locked, transaction) }
    return row.id
  }
}
