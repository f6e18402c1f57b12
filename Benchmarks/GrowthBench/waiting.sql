-- The rows that are still to be published or deleted: 0 once relays and retention have finished the day.
UPDATE bench_clock.ahead SET days = days;
SET search_path = bench_clock, pg_catalog, public;
SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL)
  + (SELECT count(*) FROM outbox WHERE published_at < now() - interval '7 days 1 minute')
  + (SELECT count(*) FROM inbox WHERE seen_at < now() - interval '30 days 1 minute')
  + (SELECT count(*) FROM idempotency_answers WHERE lease_until < now() - interval '24 hours 1 minute')
  + (SELECT count(*) FROM revocations WHERE expires_at < now() - interval '1 hour 1 minute')
  + (SELECT count(*) FROM tasks WHERE completed_at < now() - interval '30 days 1 minute')
  + (SELECT count(*) FROM razorpay_webhooks WHERE done_at < now() - interval '90 days 1 minute')
  + (SELECT count(*) FROM sent_mails WHERE sent_at < now() - interval '90 days 1 minute');
