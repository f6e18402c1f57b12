-- Orders that Razorpay was never asked about are found by their age, and what is done once an hour is done by one instance.
CREATE INDEX transactions_unasked ON transactions (created_at) WHERE checks = 0 AND check_at IS NOT NULL;
CREATE INDEX transactions_open ON transactions (user_id) WHERE status IN ('creating', 'created');
CREATE INDEX transactions_by_payment_time ON transactions (paid_at) WHERE paid_at IS NOT NULL;

CREATE TABLE billing_rounds (
  name    text PRIMARY KEY,
  due_at  timestamptz NOT NULL
);
INSERT INTO billing_rounds VALUES ('settlement', clock_timestamp());

ALTER TABLE billing_rounds ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE ON billing_rounds TO talktime_billing;
CREATE POLICY billing_all ON billing_rounds TO talktime_billing USING (true) WITH CHECK (true);
