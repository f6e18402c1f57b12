-- What takes a credit note back, what is known of buyers, and packs in rupees alone.

-- A refund that the bank sends back after its credit note was issued gets a debit note, in a series of its own.
ALTER TABLE tax_documents
  DROP CONSTRAINT tax_documents_kind_check,
  DROP CONSTRAINT tax_documents_check,
  ADD CONSTRAINT tax_documents_kind_check CHECK (kind IN ('receipt', 'credit_note', 'debit_note')),
  ADD CONSTRAINT tax_documents_check CHECK ((kind = 'receipt') = (refund_id IS NULL));
CREATE UNIQUE INDEX tax_documents_one_debit_note ON tax_documents (refund_id) WHERE kind = 'debit_note';
ALTER TABLE refunds ADD COLUMN debit_note text REFERENCES tax_documents;
CREATE INDEX refunds_without_debit_note ON refunds (number)
  WHERE status = 'failed' AND credit_note IS NOT NULL AND debit_note IS NULL;

-- Whom an order's document is made out to.
ALTER TABLE transactions
  ADD COLUMN buyer_name text CHECK (length(buyer_name) BETWEEN 1 AND 100),
  ADD COLUMN buyer_address text CHECK (length(buyer_address) BETWEEN 1 AND 300);

-- What the last order of an account said of its buyer that said anything. The next order goes on from it.
CREATE TABLE buyers (
  user_id     uuid PRIMARY KEY,
  -- The two digits of the GST state code.
  state       text CHECK (state ~ '^[0-9]{2}$'),
  gstin       text CHECK (length(gstin) = 15),
  name        text CHECK (length(name) BETWEEN 1 AND 100),
  address     text CHECK (length(address) BETWEEN 1 AND 300),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE buyers ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON buyers TO talktime_billing;
CREATE POLICY billing_all ON buyers TO talktime_billing USING (true) WITH CHECK (true);

-- Payments are settled and taxed in rupees. What was put on sale in other money is taken off; its orders stay as they are.
UPDATE pack_versions SET active_until = greatest(active_from, clock_timestamp())
WHERE currency <> 'INR' AND (active_until IS NULL OR active_until > clock_timestamp());
ALTER TABLE pack_versions ADD CONSTRAINT pack_versions_in_rupees CHECK (currency = 'INR') NOT VALID;
