import Domain

extension LedgerAuditRule {
  /// A talk that cost nothing has a settlement only if the settlement released holds.
  static let talks = [
    LedgerAuditRule(
      name: "a settlement differs from the history",
      offenders: """
        SELECT format('%s: charged %s, settled %s', coalesce(l.reference, t.id), coalesce(t.charged_ms::text, 'nothing'),
          coalesce(l.requested_ms::text, 'nothing')) AS offender
        FROM (SELECT id, charged_ms FROM talk_sessions WHERE settled_at IS NOT NULL) t
        FULL JOIN (SELECT reference, requested_ms FROM ledger WHERE kind = 'settlement') l
          ON l.reference = 'session:' || t.id || ':settlement'
        WHERE coalesce(t.charged_ms, 0) <> coalesce(l.requested_ms, 0) OR t.id IS NULL
        """)
  ]

  /// A conversation that waits for its duration check or for its talk's settlement is not reconciled yet.
  static let conversations = [
    LedgerAuditRule(
      name: "a conversation's adjustments differ from its entries",
      offenders: """
        SELECT format('%s: adjusted by %s, entered %s', coalesce(c.id, entry.id), coalesce(adjusted_ms, 0),
          coalesce(entered, 0)) AS offender
        FROM (SELECT id, adjusted_ms FROM conversations WHERE adjusted_ms <> 0) c
        FULL JOIN (
          SELECT split_part(reference, ':', 2) AS id, -sum(requested_ms) AS entered FROM ledger
          WHERE kind = 'adjustment' AND reference LIKE 'conversation:%' GROUP BY 1) entry ON entry.id = c.id
        WHERE coalesce(adjusted_ms, 0) <> coalesce(entered, 0)
        """),
    LedgerAuditRule(
      name: "a conversation was charged more than it lasted, or less",
      offenders: """
        SELECT format('%s lasted %s, charged %s', c.id, duration_ms, coalesce(charged, 0) + adjusted_ms) AS offender
        FROM conversations c LEFT JOIN (
          SELECT conversation_id, sum(charged_ms) AS charged,
            sum(forgiven_ms + CASE WHEN end_reason = 'lost' THEN \(DurationReconciliation.lostSlice.milliseconds) ELSE 0 END)
              AS forgiven,
            bool_or(settled_at IS NULL) AS is_open
          FROM talk_sessions GROUP BY 1) t ON t.conversation_id = c.id
        WHERE reconciled_at IS NOT NULL AND check_at IS NULL AND is_open IS NOT TRUE
          AND coalesce(charged, 0) + adjusted_ms NOT BETWEEN
            greatest(0, duration_ms - coalesce(forgiven, 0)) - \(DurationReconciliation.tolerance.milliseconds)
            AND duration_ms + \(DurationReconciliation.tolerance.milliseconds)
        """),
  ]
}
