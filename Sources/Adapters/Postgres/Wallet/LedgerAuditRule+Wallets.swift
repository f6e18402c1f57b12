extension LedgerAuditRule {
  static let wallets = [
    LedgerAuditRule(
      name: "a wallet differs from the sum of its entries",
      offenders: """
        SELECT format('%s has %s available, %s held, %s owed; its entries sum to %s, %s, %s', user_id, w.available_ms,
          w.held_ms, w.owed_ms, coalesce(available, 0), coalesce(held, 0), coalesce(owed, 0)) AS offender
        FROM wallets w FULL JOIN (
          SELECT user_id, sum(available_delta_ms) AS available, sum(held_delta_ms) AS held, sum(owed_delta_ms) AS owed
          FROM ledger GROUP BY user_id) entries USING (user_id)
        WHERE w.available_ms IS DISTINCT FROM coalesce(available, 0) OR w.held_ms IS DISTINCT FROM coalesce(held, 0)
          OR w.owed_ms IS DISTINCT FROM coalesce(owed, 0)
        """),
    LedgerAuditRule(
      name: "a wallet is below zero, or owes while something is available",
      offenders: """
        SELECT format('%s: %s available, %s held, %s owed', user_id, available_ms, held_ms, owed_ms) AS offender
        FROM wallets WHERE least(available_ms, held_ms, owed_ms) < 0 OR (available_ms > 0 AND owed_ms > 0)
        """),
    LedgerAuditRule(
      name: "what is held differs from the open holds",
      offenders: """
        SELECT format('%s has %s held, its open holds are %s', user_id, coalesce(w.held_ms, 0), coalesce(open, 0))
          AS offender
        FROM wallets w FULL JOIN (
          SELECT user_id, sum(amount_ms) AS open FROM holds WHERE closed_at IS NULL GROUP BY user_id) h USING (user_id)
        WHERE coalesce(w.held_ms, 0) <> coalesce(open, 0)
        """),
    LedgerAuditRule(
      name: "a wallet is frozen without a reason, or has one and is not",
      offenders: """
        SELECT format('%s is %s, for %s reasons', user_id, CASE WHEN w.frozen THEN 'frozen' ELSE 'not frozen' END,
          coalesce(standing, 0)) AS offender
        FROM wallets w FULL JOIN (
          SELECT user_id, count(*) AS standing FROM wallet_freezes WHERE thawed_at IS NULL GROUP BY user_id) f
          USING (user_id)
        WHERE coalesce(w.frozen, false) <> (coalesce(standing, 0) > 0)
        """),
    LedgerAuditRule(
      name: "an account that was merged into another has something in its wallet",
      offenders: """
        SELECT format('%s has %s available, %s held, %s owed; it was merged into %s', user_id, available_ms, held_ms,
          owed_ms, u.merged_into) AS offender
        FROM wallets JOIN users u ON u.id = user_id
        WHERE u.merged_into IS NOT NULL AND (available_ms, held_ms, owed_ms) <> (0, 0, 0)
        """),
  ]

  /// An entry that is older than `owed_after_ms` has no value to compare.
  static let entries = [
    LedgerAuditRule(
      name: "an entry does not go on from the one before",
      offenders: """
        SELECT format('%s, version %s of %s', reference, version, user_id) AS offender FROM (
          SELECT reference, user_id, version,
            available_after_ms - available_delta_ms <> lag(available_after_ms, 1, 0::bigint) OVER history
              OR held_after_ms - held_delta_ms <> lag(held_after_ms, 1, 0::bigint) OVER history
              OR owed_after_ms - owed_delta_ms <> lag(owed_after_ms, 1, 0::bigint) OVER history
              OR version = lag(version) OVER history AS is_broken
          FROM ledger WINDOW history AS (PARTITION BY user_id ORDER BY version)) entry
        WHERE is_broken
        """),
    LedgerAuditRule(
      name: "an entry left a figure below zero, or something owed beside something available",
      offenders: """
        SELECT format('%s: %s available, %s held, %s owed', reference, available_after_ms, held_after_ms, owed_after_ms)
          AS offender
        FROM ledger
        WHERE least(available_after_ms, held_after_ms, owed_after_ms) < 0
          OR (available_after_ms > 0 AND owed_after_ms > 0)
        """),
    LedgerAuditRule(
      name: "an entry is newer than its wallet",
      offenders: """
        SELECT format('%s is at version %s, its newest entry at %s', user_id, w.version, newest) AS offender
        FROM wallets w JOIN (SELECT user_id, max(version) AS newest FROM ledger GROUP BY user_id) l USING (user_id)
        WHERE newest > w.version
        """),
  ]
}
