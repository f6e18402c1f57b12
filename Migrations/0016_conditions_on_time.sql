-- What is asked of time is asked by an index: clock_timestamp() may change within a statement, so that none can serve it.
CREATE OR REPLACE VIEW packs_on_sale WITH (security_invoker = true) AS
  SELECT DISTINCT ON (p.id) p.id, p.position, v.version, v.name, v.talktime_ms, v.amount, v.currency, v.tax_rate_bp
  FROM packs p JOIN pack_versions v ON v.pack_id = p.id
  WHERE v.active_from <= statement_timestamp()
    AND (v.active_until IS NULL OR v.active_until > statement_timestamp())
  ORDER BY p.id, v.version DESC;

-- Each instance of the auth service asks each second for the newest ones.
CREATE INDEX revocations_by_cutoff ON revocations (cutoff);
