extension LedgerRule {
  static let refunds = [
    LedgerRule(
      name: "an order's refunds take more talk time than it sold",
      offenders: """
        SELECT format('%s sold %s, its refunds take %s', t.id, t.talktime_ms, sum(r.talktime_ms)) AS offender
        FROM refunds r JOIN transactions t ON t.id = r.transaction_id WHERE r.status <> 'failed'
        GROUP BY t.id, t.talktime_ms HAVING sum(r.talktime_ms) > t.talktime_ms
        """),
    LedgerRule(
      name: "more went back than was paid",
      offenders: """
        SELECT format('%s: %s paid, %s refunded', razorpay_payment_id, p.amount, sum(r.amount)) AS offender
        FROM refunds r JOIN payments p USING (razorpay_payment_id) WHERE r.status = 'processed'
        GROUP BY razorpay_payment_id, p.amount HAVING sum(r.amount) > p.amount
        """),
    LedgerRule(
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
  ]
}
