-- Packs, orders (the guide's transactions), what Razorpay sent, and the answers kept for Idempotency-Keys.
CREATE TABLE packs (
  id           text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,40}$'),
  name         text NOT NULL,
  talktime_ms  bigint NOT NULL CHECK (talktime_ms > 0),
  amount       bigint NOT NULL CHECK (amount >= 100),
  currency     text NOT NULL DEFAULT 'INR' CHECK (currency ~ '^[A-Z]{3}$'),
  position     integer NOT NULL DEFAULT 0,
  active       boolean NOT NULL DEFAULT true
);
INSERT INTO packs (id, name, talktime_ms, amount, position) VALUES
  ('ten-minutes', 'Ten minutes', 600000, 19900, 1),
  ('half-hour', 'Half an hour', 1800000, 49900, 2),
  ('hour', 'One hour', 3600000, 89900, 3);

-- An order keeps the price and the time it was made at.
CREATE TABLE transactions (
  id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  razorpay_order_id    text UNIQUE,
  razorpay_payment_id  text UNIQUE,
  amount               bigint NOT NULL CHECK (amount > 0),
  status               text NOT NULL DEFAULT 'creating' CHECK (status IN (
                         'creating', 'created', 'authorized', 'paid', 'failed', 'partially_refunded', 'refunded',
                         'disputed', 'expired', 'legacy')),
  created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  user_id              uuid NOT NULL,
  pack_id              text NOT NULL,
  currency             text NOT NULL,
  talktime_ms          bigint NOT NULL CHECK (talktime_ms > 0),
  paid_at              timestamptz
);
CREATE INDEX transactions_by_user ON transactions (user_id, created_at DESC, id);

-- Every payment of an order that we have heard of, credited or not.
CREATE TABLE payments (
  razorpay_payment_id  text PRIMARY KEY,
  transaction_id       uuid NOT NULL REFERENCES transactions,
  amount               bigint NOT NULL,
  currency             text NOT NULL,
  status               text NOT NULL CHECK (status IN ('authorized', 'captured', 'failed', 'refunded', 'mismatch')),
  credited             boolean NOT NULL DEFAULT false,
  updated_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX payments_by_transaction ON payments (transaction_id);
CREATE UNIQUE INDEX payments_one_credit ON payments (transaction_id) WHERE credited;

-- What Razorpay sent, stored before it is worked on and never thrown away. A lease keeps two workers from one row.
CREATE TABLE razorpay_webhooks (
  event_id     text PRIMARY KEY,
  body         bytea NOT NULL,
  type         text,
  received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_at      timestamptz,
  attempts     integer NOT NULL DEFAULT 0,
  run_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  outcome      text
);
CREATE INDEX razorpay_webhooks_open ON razorpay_webhooks (run_at) WHERE done_at IS NULL;

CREATE TABLE idempotency_answers (
  user_id      uuid NOT NULL,
  route        text NOT NULL,
  key          text NOT NULL,
  fingerprint  bytea NOT NULL,
  -- Counts who took it over; a request whose owner died is done again after its lease.
  token        bigint NOT NULL DEFAULT 1,
  lease_until  timestamptz NOT NULL,
  status       integer,
  body         bytea,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, route, key)
);
CREATE INDEX idempotency_answers_by_age ON idempotency_answers (created_at);

ALTER TABLE packs ENABLE ROW LEVEL SECURITY;
ALTER TABLE transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE razorpay_webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_answers ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE ON packs, transactions, payments, razorpay_webhooks TO talktime_billing;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_answers TO talktime_billing, talktime_session;
CREATE POLICY billing_all ON packs TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY billing_all ON transactions TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY billing_all ON payments TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY billing_all ON razorpay_webhooks TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY billing_own ON idempotency_answers TO talktime_billing
  USING (route LIKE '%/billing/%') WITH CHECK (route LIKE '%/billing/%');
CREATE POLICY session_own ON idempotency_answers TO talktime_session
  USING (route LIKE '%/sessions%') WITH CHECK (route LIKE '%/sessions%');
