-- The books of a shop: versioned packs with tax, refunds, disputes, tax documents, and who froze or moved what and why.

-- A pack is a place in the list; its versions are what is sold. A version is never edited: an order names the one that it
-- was made at. At any moment the newest version that is active then is the one on sale.
CREATE TABLE pack_versions (
  pack_id       text NOT NULL REFERENCES packs,
  version       integer NOT NULL CHECK (version > 0),
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  talktime_ms   bigint NOT NULL CHECK (talktime_ms > 0),
  -- Paise, tax included.
  amount        bigint NOT NULL CHECK (amount BETWEEN 100 AND 50000000),
  currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  -- Hundredths of a per cent: 1800 is 18 %.
  tax_rate_bp   integer NOT NULL CHECK (tax_rate_bp BETWEEN 0 AND 10000),
  active_from   timestamptz NOT NULL DEFAULT clock_timestamp(),
  active_until  timestamptz CHECK (active_until >= active_from),
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (pack_id, version)
);
INSERT INTO pack_versions (pack_id, version, name, talktime_ms, amount, currency, tax_rate_bp, active_until)
SELECT id, 1, name, talktime_ms, amount, currency, 1800, CASE WHEN active THEN NULL ELSE clock_timestamp() END
FROM packs;
ALTER TABLE packs DROP COLUMN name, DROP COLUMN talktime_ms, DROP COLUMN amount, DROP COLUMN currency,
  DROP COLUMN active;

CREATE VIEW packs_on_sale WITH (security_invoker = true) AS
  SELECT DISTINCT ON (p.id) p.id, p.position, v.version, v.name, v.talktime_ms, v.amount, v.currency, v.tax_rate_bp
  FROM packs p JOIN pack_versions v ON v.pack_id = p.id
  WHERE v.active_from <= clock_timestamp() AND (v.active_until IS NULL OR v.active_until > clock_timestamp())
  ORDER BY p.id, v.version DESC;

-- Orders from before the upgrade may know neither their pack nor their buyer; every later one does.
ALTER TABLE transactions
  ALTER COLUMN user_id DROP NOT NULL,
  ALTER COLUMN pack_id DROP NOT NULL,
  ALTER COLUMN amount DROP NOT NULL,
  DROP CONSTRAINT transactions_amount_check,
  DROP CONSTRAINT transactions_talktime_ms_check,
  ADD COLUMN pack_version integer,
  ADD COLUMN tax_rate_bp integer NOT NULL DEFAULT 1800,
  -- The two digits of the GST state code.
  ADD COLUMN buyer_state text CHECK (buyer_state ~ '^[0-9]{2}$'),
  ADD COLUMN buyer_gstin text CHECK (length(buyer_gstin) = 15),
  -- The request that made it: its repeat goes on with this row instead of making another.
  ADD COLUMN idempotency_key text,
  -- When Razorpay is asked next about an order that nobody has paid yet, and how often it was.
  ADD COLUMN check_at timestamptz,
  ADD COLUMN checks integer NOT NULL DEFAULT 0,
  -- The word that the guide's tables had for the state of a row that came from them.
  ADD COLUMN guide_status text;
UPDATE transactions SET pack_version = 1, check_at = created_at + interval '15 minutes';
ALTER TABLE transactions
  ADD CONSTRAINT transactions_whole CHECK (guide_status IS NOT NULL
    OR (user_id IS NOT NULL AND pack_id IS NOT NULL AND pack_version IS NOT NULL AND amount > 0 AND talktime_ms > 0));
CREATE UNIQUE INDEX transactions_by_key ON transactions (user_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX transactions_to_check ON transactions (check_at) WHERE check_at IS NOT NULL;

-- Money that went back, or is on its way: asked for by an operator, found at Razorpay, or taken by a dispute.
CREATE TABLE refunds (
  id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- In this order an order's refunds share its talk time.
  number               bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  transaction_id       uuid NOT NULL REFERENCES transactions,
  razorpay_payment_id  text NOT NULL,
  razorpay_refund_id   text UNIQUE,
  amount               bigint NOT NULL CHECK (amount > 0),
  currency             text NOT NULL,
  -- requested: written down, Razorpay has not answered yet.
  status               text NOT NULL CHECK (status IN ('requested', 'pending', 'processed', 'failed')),
  -- surplus: a payment that credited nothing goes back whole.
  origin               text NOT NULL CHECK (origin IN ('operator', 'razorpay', 'surplus', 'dispute')),
  -- Its share of the order's talk time; null while its payment has credited nothing.
  talktime_ms          bigint CHECK (talktime_ms >= 0),
  reason               text,
  requested_by         text,
  -- The request's, so that its repeat is the same refund.
  idempotency_key      text,
  attempts             integer NOT NULL DEFAULT 0,
  -- When Razorpay is asked (again); null when nothing is open.
  try_at               timestamptz,
  created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at          timestamptz
);
CREATE INDEX refunds_by_transaction ON refunds (transaction_id, number);
CREATE INDEX refunds_by_payment ON refunds (razorpay_payment_id);
CREATE INDEX refunds_to_try ON refunds (try_at) WHERE try_at IS NOT NULL;
CREATE UNIQUE INDEX refunds_by_key ON refunds (transaction_id, requested_by, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX refunds_one_surplus ON refunds (razorpay_payment_id) WHERE origin = 'surplus';

CREATE TABLE disputes (
  razorpay_dispute_id  text PRIMARY KEY,
  transaction_id       uuid NOT NULL REFERENCES transactions,
  razorpay_payment_id  text NOT NULL,
  amount               bigint NOT NULL CHECK (amount > 0),
  currency             text NOT NULL,
  status               text NOT NULL CHECK (status IN
                         ('created', 'under_review', 'action_required', 'won', 'lost', 'closed')),
  -- What a lost one took.
  refund_id            uuid REFERENCES refunds,
  updated_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX disputes_by_transaction ON disputes (transaction_id);

-- A wallet is frozen while one of these stands.
CREATE TABLE wallet_freezes (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    uuid NOT NULL,
  -- operator, or dispute:<id>.
  cause      text NOT NULL,
  reason     text NOT NULL,
  frozen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  thawed_at  timestamptz
);
CREATE UNIQUE INDEX wallet_freezes_standing ON wallet_freezes (user_id, cause) WHERE thawed_at IS NULL;

-- Receipts and credit notes: numbered without a gap in a financial year, never edited.
CREATE TABLE tax_documents (
  number          text PRIMARY KEY CHECK (length(number) <= 16),
  kind            text NOT NULL CHECK (kind IN ('receipt', 'credit_note')),
  financial_year  text NOT NULL CHECK (financial_year ~ '^[0-9]{4}$'),
  sequence        integer NOT NULL CHECK (sequence > 0),
  user_id         uuid NOT NULL,
  transaction_id  uuid NOT NULL REFERENCES transactions,
  refund_id       uuid REFERENCES refunds,
  -- Seller, buyer, lines and totals as they were on that day.
  details         jsonb NOT NULL,
  issued_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((kind = 'credit_note') = (refund_id IS NOT NULL)),
  UNIQUE (kind, financial_year, sequence)
);
CREATE UNIQUE INDEX tax_documents_one_receipt ON tax_documents (transaction_id) WHERE kind = 'receipt';
CREATE UNIQUE INDEX tax_documents_one_credit_note ON tax_documents (refund_id) WHERE kind = 'credit_note';
CREATE TRIGGER tax_documents_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tax_documents
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What operators did.
CREATE TABLE operator_actions (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  actor    text NOT NULL,
  action   text NOT NULL,
  subject  text NOT NULL,
  reason   text,
  details  text,
  at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX operator_actions_by_subject ON operator_actions (subject, id);
CREATE TRIGGER operator_actions_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_actions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE ledger ADD COLUMN owed_after_ms bigint, ADD COLUMN reason text;
CREATE INDEX ledger_by_user ON ledger (user_id, id DESC);

ALTER TABLE pack_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE refunds ENABLE ROW LEVEL SECURITY;
ALTER TABLE disputes ENABLE ROW LEVEL SECURITY;
ALTER TABLE wallet_freezes ENABLE ROW LEVEL SECURITY;
ALTER TABLE tax_documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE operator_actions ENABLE ROW LEVEL SECURITY;

REVOKE INSERT, UPDATE ON packs FROM talktime_billing;
GRANT SELECT ON pack_versions, packs_on_sale TO talktime_billing;
GRANT SELECT, INSERT, UPDATE ON refunds, disputes, wallet_freezes TO talktime_billing;
GRANT SELECT, INSERT ON tax_documents, operator_actions TO talktime_billing;
CREATE POLICY billing_reads ON pack_versions FOR SELECT TO talktime_billing USING (true);
CREATE POLICY billing_all ON refunds TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY billing_all ON disputes TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY billing_all ON wallet_freezes TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY billing_all ON tax_documents TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY billing_all ON operator_actions TO talktime_billing USING (true) WITH CHECK (true);

-- A receipt names its buyer, and its mail is written by the task service.
GRANT SELECT (id, email, name) ON users TO talktime_billing;
CREATE POLICY billing_reads ON users FOR SELECT TO talktime_billing USING (true);
GRANT SELECT ON tax_documents TO talktime_task;
CREATE POLICY task_reads ON tax_documents FOR SELECT TO talktime_task USING (true);
