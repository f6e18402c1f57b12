extension LedgerAuditRule {
  /// The Flask deployment recorded the payments of orders from before the upgrade: their talk time is in the opening
  /// balance.
  static let orders = [
    LedgerAuditRule(
      name: "a paid order without exactly one purchase of its talk time",
      offenders: """
        SELECT format('%s sold %s, %s purchases credit %s', t.id, t.talktime_ms, count(l.id),
          coalesce(sum(l.requested_ms), 0)) AS offender
        FROM transactions t
        LEFT JOIN payments p ON p.transaction_id = t.id AND p.credited
        LEFT JOIN ledger l ON l.kind = 'purchase' AND l.reference = 'payment:' || p.razorpay_payment_id
        WHERE t.status <> 'legacy' AND (t.paid_at IS NOT NULL OR (t.status = 'paid' AND t.guide_status IS NULL))
        GROUP BY t.id, t.talktime_ms HAVING count(l.id) <> 1 OR min(l.requested_ms) <> t.talktime_ms
        """),
    LedgerAuditRule(
      name: "a paid order with nothing for it",
      offenders: """
        SELECT format('%s, %s', id, coalesce(razorpay_payment_id, 'without a payment')) AS offender FROM transactions
        WHERE talktime_ms = 0 AND paid_at IS NOT NULL
        """),
    LedgerAuditRule(
      name: "a purchase without its paid order",
      offenders: """
        SELECT l.reference AS offender FROM ledger l WHERE l.kind = 'purchase' AND NOT EXISTS (
          SELECT FROM payments p JOIN transactions t ON t.id = p.transaction_id
          WHERE p.credited AND t.paid_at IS NOT NULL AND l.reference = 'payment:' || p.razorpay_payment_id)
        """),
    LedgerAuditRule(
      name: "a credited payment is not of its order's price",
      offenders: """
        SELECT format('%s of %s, %s of it a fee: order %s costs %s', p.razorpay_payment_id, p.amount, p.customer_fee, t.id,
          t.amount) AS offender
        FROM payments p JOIN transactions t ON t.id = p.transaction_id
        WHERE p.credited AND t.guide_status IS NULL
          AND (p.amount - p.customer_fee <> t.amount OR p.currency <> t.currency)
        """),
  ]

  static let holds = [
    LedgerAuditRule(
      name: "a hold is long past its expiry",
      offenders: """
        SELECT format('%s, since %s', reference, date_trunc('second', expires_at)) AS offender FROM holds
        WHERE closed_at IS NULL AND expires_at < statement_timestamp() - interval '5 minutes'
        """),
    LedgerAuditRule(
      name: "a hold differs from its entry",
      offenders: """
        SELECT format('%s: %s held, %s entered', reference, coalesce(amount_ms, 0), coalesce(entered, 0)) AS offender
        FROM holds FULL JOIN (
          SELECT reference, held_delta_ms AS entered FROM ledger WHERE kind = 'hold') entry USING (reference)
        WHERE amount_ms IS DISTINCT FROM entered
        """),
  ]
}
