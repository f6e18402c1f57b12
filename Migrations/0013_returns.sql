-- A payment that credits nothing is sent back until it is back, and a refusal is not believed for good.
ALTER TABLE refunds
  -- Counts the tries to send one payment back. Each is a row of its own: Razorpay's answer to an idempotency key stays.
  ADD COLUMN attempt integer NOT NULL DEFAULT 1 CHECK (attempt > 0),
  -- Since when it counts as failed without Razorpay having told of it: it was refused, or another took its place. What
  -- Razorpay tells of it later counts all the same.
  ADD COLUMN refused_at timestamptz;
UPDATE refunds SET refused_at = coalesce(finished_at, created_at)
  WHERE status = 'failed' AND razorpay_refund_id IS NULL;

DROP INDEX refunds_one_surplus;
CREATE UNIQUE INDEX refunds_one_waiting_return ON refunds (razorpay_payment_id)
  WHERE origin = 'surplus' AND status = 'requested';
CREATE INDEX refunds_requested ON refunds (created_at) WHERE status = 'requested';
CREATE INDEX refunds_returns ON refunds (razorpay_payment_id, number) WHERE origin = 'surplus';

-- What of a payment is Razorpay's fee, where the customer bears it on top of the order's price.
ALTER TABLE payments ADD COLUMN customer_fee bigint NOT NULL DEFAULT 0 CHECK (customer_fee >= 0);

-- What could not be sent back before is asked for again.
INSERT INTO refunds (transaction_id, razorpay_payment_id, amount, currency, status, origin, attempt, try_at)
SELECT transaction_id, razorpay_payment_id, amount, currency, 'requested', 'surplus', 2, clock_timestamp()
FROM refunds r
WHERE origin = 'surplus' AND status = 'failed' AND NOT EXISTS (
  SELECT FROM refunds other WHERE other.razorpay_payment_id = r.razorpay_payment_id AND other.status <> 'failed');
