-- Rows and megabytes of the tables with a retention, and of the whole database.
SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM inbox), (SELECT count(*) FROM idempotency_answers),
  (SELECT count(*) FROM revocations), (SELECT count(*) FROM devices), (SELECT count(*) FROM tasks),
  (SELECT count(*) FROM razorpay_webhooks), (SELECT count(*) FROM sent_mails), pg_database_size(current_database()) / 1048576;
