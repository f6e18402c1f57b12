-- The statements that WalletLedger sends for a hold; `:wallets` is the number of wallets.
\set n random(1, :wallets)
\set r random(1, 9000000000000000000)
BEGIN ISOLATION LEVEL READ COMMITTED;
SELECT available_ms, held_ms, owed_ms, version, frozen FROM wallets
WHERE user_id = ('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid FOR UPDATE \gset
SELECT coalesce(sum(amount_ms) FILTER (WHERE purpose = 'bench:' || :r::text), 0)::bigint AS total,
  sum(amount_ms) FILTER (WHERE reference = 'bench:' || :r::text)::bigint AS standing,
  bool_or(user_id <> ('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid) IS TRUE AS is_anothers,
  bool_or(reference = 'bench:' || :r::text AND purpose <> 'bench:' || :r::text) IS TRUE AS is_for_another
FROM holds WHERE purpose = 'bench:' || :r::text OR reference = 'bench:' || :r::text;
\set available :available_ms - 10
\set held :held_ms + 10
\set next :version + 1
WITH entry AS (
  INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms, owed_delta_ms,
    available_after_ms, held_after_ms, owed_after_ms, version, cause, reason)
  VALUES (('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid, 'hold', 'bench:' || :r::text, 10, -10, 10, 0,
    :available::bigint, :held::bigint, 0, :next::bigint, 'bench', NULL)),
told AS (
  INSERT INTO outbox (source, context, type, subject, data)
  VALUES ('billing', 'billing', 'wallet.changed', '00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'),
    '{"available_ms":100000000000,"frozen": false,"user_id":"00000000-0000-4000-8000-000000000001","version":1000}')),
others AS (
  UPDATE holds SET expires_at = clock_timestamp() + 180000::bigint * interval '1 millisecond'
  WHERE purpose = 'bench:' || :r::text AND closed_at IS NULL),
held AS (
  INSERT INTO holds (reference, user_id, purpose, amount_ms, cumulative_ms, is_final, expires_at)
  SELECT 'bench:' || :r::text, ('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid, 'bench:' || :r::text,
    10, 10, false, coalesce(clock_timestamp() + 180000::bigint * interval '1 millisecond', 'infinity')
  WHERE 'bench:' || :r::text IS NOT NULL)
UPDATE wallets SET available_ms = :available::bigint, held_ms = :held::bigint, owed_ms = 0, version = :next::bigint
WHERE user_id = ('00000000-0000-4000-8000-' || lpad(:n::text, 12, '0'))::uuid;
COMMIT;
