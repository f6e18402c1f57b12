extension LedgerAuditRule {
  static let refunds = [
    LedgerAuditRule(
      name: "an order's refunds take more talk time than it sold",
      offenders: """
        SELECT format('%s sold %s, its refunds take %s', t.id, t.talktime_ms, sum(r.talktime_ms)) AS offender
        FROM refunds r JOIN transactions t ON t.id = r.transaction_id WHERE r.status <> 'failed'
        GROUP BY t.id, t.talktime_ms HAVING sum(r.talktime_ms) > t.talktime_ms
        """),
    LedgerAuditRule(
      name: "more went back than was paid",
      offenders: """
        SELECT format('%s: %s paid, %s refunded', razorpay_payment_id, p.amount, sum(r.amount)) AS offender
        FROM refunds r JOIN payments p USING (razorpay_payment_id) WHERE r.status = 'processed'
        GROUP BY razorpay_payment_id, p.amount HAVING sum(r.amount) > p.amount
        """),
    LedgerAuditRule(
      name: "a refund differs from its entries",
      offenders: """
        SELECT format('refund:%s takes %s, its entries took %s', coalesce(r.id::text, entry.id),
          coalesce(r.talktime_ms, 0), coalesce(taken, 0)) AS offender
        FROM (SELECT id, talktime_ms FROM refunds WHERE status = 'processed' AND talktime_ms > 0) r
        FULL JOIN (
          SELECT split_part(reference, ':', 2) AS id, sum(requested_ms) AS taken FROM ledger WHERE kind = 'refund'
          GROUP BY 1) entry ON entry.id = r.id::text
        WHERE coalesce(r.talktime_ms, 0) <> coalesce(taken, 0)
        """),
    LedgerAuditRule(
      name: "a refund is over, and its time is still held",
      offenders: """
        SELECT format('%s of refund %s, which is %s', h.reference, r.id, r.status) AS offender
        FROM holds h JOIN refunds r ON h.purpose = 'refund:' || r.id
        WHERE h.closed_at IS NULL AND r.status IN ('processed', 'failed')
        """),
  ]

  /// A payment is stored a moment before its return. A return that waits for its next attempt counts as being made.
  static let returns = [
    LedgerAuditRule(
      name: "a credited payment goes back as one that credits nothing",
      offenders: """
        SELECT format('%s of order %s: %s', r.razorpay_payment_id, r.transaction_id, r.amount) AS offender
        FROM refunds r JOIN payments p USING (razorpay_payment_id)
        WHERE r.origin = 'surplus' AND r.status <> 'failed' AND p.credited
        """),
    LedgerAuditRule(
      name: "a payment that credits nothing stays with the shop",
      offenders: """
        SELECT format('%s of order %s: %s captured, nothing back or on its way', p.razorpay_payment_id,
          p.transaction_id, p.amount) AS offender
        FROM payments p CROSS JOIN LATERAL (
          SELECT bool_or(r.status <> 'failed') IS TRUE AS stands, bool_or(r.origin = 'surplus') IS TRUE AS was_asked
          FROM refunds r WHERE r.razorpay_payment_id = p.razorpay_payment_id) back
        WHERE NOT p.credited AND (p.status = 'captured' OR p.status IN ('mismatch', 'refunded') AND back.was_asked)
          AND NOT back.stands AND p.updated_at < statement_timestamp() - interval '5 minutes'
        """),
    LedgerAuditRule(
      name: "a lost dispute took more than our records",
      offenders: """
        SELECT format('%s: %s lost, %s taken, %s went back otherwise', p.razorpay_payment_id, d.lost, back.taken,
          back.amount - back.taken) AS offender
        FROM (SELECT razorpay_payment_id, sum(amount) AS lost FROM disputes WHERE status = 'lost' GROUP BY 1) d
        JOIN payments p USING (razorpay_payment_id)
        CROSS JOIN LATERAL (
          SELECT coalesce(sum(r.amount), 0) AS amount,
            coalesce(sum(r.amount) FILTER (WHERE r.origin = 'dispute'), 0) AS taken
          FROM refunds r WHERE r.razorpay_payment_id = p.razorpay_payment_id AND r.status <> 'failed') back
        WHERE least(d.lost - back.taken, p.amount - back.amount) > 0
        """),
  ]
}
