-- A consistent history for `talktime ledger verify`: 20,000 wallets with 1,000,000 entries and the rows that belong to
-- them.
--
-- Every wallet has five rounds of ten entries: a purchase, two talks of two slices and one settlement each, a refund of
-- a tenth of the purchase (held, then taken), and an adjustment. A quarter of the wallets then holds a slice for a live
-- talk. Another quarter lost more by an adjustment than it had and owes the rest.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET synchronous_commit = off;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';

CREATE TEMP TABLE person AS
  SELECT n, md5('user' || n)::uuid AS user_id FROM generate_series(1, 20000) n;
CREATE TEMP TABLE bought AS
  SELECT p.n, p.user_id, round, md5('order' || n || ':' || round)::uuid AS id,
    md5('refund' || n || ':' || round)::uuid AS refund_id, 'pay_' || n || '_' || round AS payment_id
  FROM person p, generate_series(1, 5) round;
CREATE TEMP TABLE talk AS
  SELECT b.n, b.user_id, b.round, number,
    translate(encode(substr(sha256(convert_to(b.n || ':' || round || ':' || number, 'UTF8')), 1, 16), 'base64'), '+/=', '-_')
      AS id
  FROM bought b, generate_series(1, 2) number;

INSERT INTO transactions (id, user_id, pack_id, pack_version, amount, currency, talktime_ms, status, razorpay_order_id,
  razorpay_payment_id, paid_at)
SELECT id, user_id, 'ten-minutes', 1, 19900, 'INR', 600000, 'partially_refunded', 'order_' || n || '_' || round,
  payment_id, clock_timestamp() FROM bought;
INSERT INTO payments (razorpay_payment_id, transaction_id, amount, currency, status, credited)
SELECT payment_id, id, 19900, 'INR', 'captured', true FROM bought;
INSERT INTO refunds (id, transaction_id, razorpay_payment_id, razorpay_refund_id, amount, currency, status, origin,
  talktime_ms, finished_at)
SELECT refund_id, id, payment_id, 'rfnd_' || n || '_' || round, 1990, 'INR', 'processed', 'operator', 60000,
  clock_timestamp() FROM bought;
INSERT INTO talk_sessions (id, user_id, agent_id, metered_ms, settled_at, charged_ms, end_reason, balance_ms)
SELECT id, user_id, 'agent', 90000, clock_timestamp(), 90000, 'user', 0 FROM talk;

INSERT INTO holds (reference, user_id, purpose, amount_ms, cumulative_ms, is_final, expires_at, closed_at)
SELECT 'session:' || id || ':slice:' || slice, user_id, 'session:' || id, 60000, 60000 * slice, false,
  clock_timestamp(), clock_timestamp() FROM talk, generate_series(1, 2) slice
UNION ALL
SELECT 'refund:' || refund_id || ':hold', user_id, 'refund:' || refund_id, 60000, 60000, false, 'infinity',
  clock_timestamp() FROM bought;

CREATE TEMP TABLE moved AS
SELECT user_id, n, (round - 1) * 10 + place AS version, kind, reference, requested, available, held, owed FROM (
  SELECT user_id, n, round, 1 AS place, 'purchase' AS kind, 'payment:' || payment_id AS reference, 600000 AS requested,
    600000 AS available, 0 AS held, 0 AS owed FROM bought
  UNION ALL
  SELECT user_id, n, round, number * 3 - 2 + slice, 'hold', 'session:' || id || ':slice:' || slice, 60000, -60000, 60000,
    0 FROM talk, generate_series(1, 2) slice
  UNION ALL
  SELECT user_id, n, round, number * 3 + 1, 'settlement', 'session:' || id || ':settlement', 90000, 30000, -120000, 0
  FROM talk
  UNION ALL
  SELECT user_id, n, round, 8, 'hold', 'refund:' || refund_id || ':hold', 60000, -60000, 60000, 0 FROM bought
  UNION ALL
  SELECT user_id, n, round, 9, 'refund', 'refund:' || refund_id, 60000, 0, -60000, 0 FROM bought
  UNION ALL
  SELECT user_id, n, round, 10, 'adjustment', 'operator:' || n || '-' || round, -60000, -60000, 0, 0 FROM bought
) entry;

-- Five rounds leave 300,000 ms each.
INSERT INTO moved
SELECT user_id, n, 51, 'hold', 'session:' || lpad('live' || n, 22, '0') || ':slice:1', 60000, -60000, 60000, 0
FROM person WHERE n % 4 = 0
UNION ALL
SELECT user_id, n, 51, 'adjustment', 'operator:' || n || '-last', -1501000, -1500000, 0, 1000 FROM person WHERE n % 4 = 1;
INSERT INTO holds (reference, user_id, purpose, amount_ms, cumulative_ms, is_final, expires_at)
SELECT 'session:' || lpad('live' || n, 22, '0') || ':slice:1', user_id, 'session:' || lpad('live' || n, 22, '0'), 60000,
  60000, false, clock_timestamp() + interval '1 day' FROM person WHERE n % 4 = 0;

-- In the order in which a busy service would have written the entries: the first entry of every wallet before any
-- second one.
INSERT INTO ledger (user_id, kind, reference, requested_ms, available_delta_ms, held_delta_ms, owed_delta_ms,
  available_after_ms, held_after_ms, owed_after_ms, version, cause)
SELECT user_id, kind, reference, requested, available, held, owed, sum(available) OVER running, sum(held) OVER running,
  sum(owed) OVER running, version, 'bench'
FROM moved WINDOW running AS (PARTITION BY n ORDER BY version) ORDER BY version, n;
INSERT INTO wallets (user_id, available_ms, held_ms, owed_ms, version)
SELECT user_id, sum(available), sum(held), sum(owed), max(version) FROM moved GROUP BY user_id;
ANALYZE;
