extension LedgerAuditRule {
  /// Checks the amount, and each tax separately.
  static let documents = [
    LedgerAuditRule(
      name: "credit notes less their reversals take more than the receipt, or less than nothing",
      offenders: """
        WITH noted AS (
          SELECT transaction_id, kind, details FROM tax_documents
          WHERE transaction_id IN (SELECT transaction_id FROM tax_documents WHERE kind <> 'receipt')
        ), part AS (
          SELECT transaction_id, kind, 'amount' AS what, (details ->> 'amount')::bigint AS paise FROM noted
          UNION ALL
          SELECT transaction_id, kind, line ->> 'kind', (line ->> 'amount')::bigint
          FROM noted, jsonb_array_elements(details -> 'tax_lines') line)
        SELECT format('%s: %s of %s, credited %s', transaction_id, what, has, taken) AS offender FROM (
          SELECT transaction_id, what, coalesce(sum(paise) FILTER (WHERE kind = 'receipt'), 0) AS has,
            coalesce(sum(paise) FILTER (WHERE kind = 'credit_note'), 0)
              - coalesce(sum(paise) FILTER (WHERE kind = 'debit_note'), 0) AS taken
          FROM part GROUP BY transaction_id, what) total
        WHERE taken > has OR taken < 0
        """),
    LedgerAuditRule(
      name: "a document's number is another's in other capitals",
      offenders: """
        SELECT string_agg(number, ', ' ORDER BY number) AS offender FROM tax_documents
        GROUP BY upper(number) HAVING count(*) > 1
        """),
  ]
}
