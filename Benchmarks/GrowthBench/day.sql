-- One day of a thousand talkers, divided by :divisor: 1,400,000 events a day are 16.5 a second. Events take the whole
-- path: the relays publish them and the consumers read them. The consumers have nothing to do for these events.
\set ON_ERROR_STOP on
UPDATE bench_clock.ahead SET days = :day;
SET search_path = bench_clock, pg_catalog, public;
BEGIN;
INSERT INTO outbox (source, context, type, subject, data, created_at)
SELECT 'session', 'billing', 'wallet.changed', u, format('{"user_id":"%s","version":1,"available_ms":60000,"frozen":false}', u),
  clock_timestamp()
FROM (SELECT md5('user' || n % 1000)::uuid AS u FROM generate_series(1, 1200000 / :divisor) AS n) AS wallet;
INSERT INTO outbox (source, context, type, subject, data, created_at)
SELECT source, context, 'bench.passed', 'subject', '{}', clock_timestamp()
FROM (VALUES ('auth', 'identity'), ('billing', 'billing'), ('session', 'talk'), ('task', 'tasks')) AS s (source, context),
  generate_series(1, 50000 / :divisor);
INSERT INTO inbox (consumer, event_id, seen_at)
SELECT 'task', gen_random_uuid()::text, clock_timestamp() FROM generate_series(1, 160000 / :divisor);
INSERT INTO idempotency_answers (user_id, route, key, fingerprint, status, body, created_at, lease_until)
SELECT md5('user' || n % 1000)::uuid, 'POST /sessions', gen_random_uuid()::text, '', 201, convert_to(repeat('x', 900), 'UTF8'),
  clock_timestamp(), clock_timestamp() + interval '30 seconds'
FROM generate_series(1, 144000 / :divisor) AS n;
INSERT INTO devices (id, user_id, token_hash, created_at, authenticated_at, expires_at, ended_at)
SELECT gen_random_uuid(), md5('user' || 1 + n % 1000)::uuid, decode(md5(gen_random_uuid()::text), 'hex'), clock_timestamp(),
  clock_timestamp(), clock_timestamp() + interval '60 days', CASE WHEN n % 10 > 0 THEN clock_timestamp() END
FROM generate_series(1, 20000 / :divisor) AS n;
INSERT INTO revocations (user_id, cutoff, expires_at)
SELECT md5('user' || n % 1000)::uuid, clock_timestamp(), clock_timestamp() + interval '25 hours'
FROM generate_series(1, 18000 / :divisor) AS n;
INSERT INTO account_links (purpose, user_id, email, expires_at)
SELECT 'verify-email', md5('user' || 1 + n % 1000)::uuid, 'user@example.com', clock_timestamp() + interval '1 day'
FROM generate_series(1, 5000 / :divisor) AS n;
INSERT INTO razorpay_webhooks (event_id, body, received_at, done_at, outcome)
SELECT gen_random_uuid()::text, convert_to(repeat('x', 2000), 'UTF8'), clock_timestamp(), clock_timestamp(), 'credited'
FROM generate_series(1, 10000 / :divisor);
INSERT INTO elevenlabs_webhooks (digest, body, received_at)
SELECT gen_random_uuid()::text, convert_to(repeat('x', 2000), 'UTF8'), clock_timestamp() FROM generate_series(1, 1000 / :divisor);
INSERT INTO tasks (type, payload, status, user_id, unique_key, created_at, run_at, started_at, completed_at, attempts)
SELECT 'care_plan', '{"session_id":"x"}', 'completed', md5('user' || n % 1000)::uuid, gen_random_uuid()::text, clock_timestamp(),
  clock_timestamp(), clock_timestamp(), clock_timestamp(), 1
FROM generate_series(1, 160000 / :divisor) AS n;
INSERT INTO sent_mails (custom_id, user_id, sent_at)
SELECT gen_random_uuid()::text, md5('user' || n % 1000)::uuid, clock_timestamp() FROM generate_series(1, 160000 / :divisor) AS n;
COMMIT;
