-- Webhooks are worked side by side: an order's own in turn, and those that need no question to Razorpay first.
ALTER TABLE razorpay_webhooks
  -- What it is about: Razorpay's id of the order, else of the payment. Null where it names neither.
  ADD COLUMN subject text,
  -- Somebody has looked at it and found that Razorpay must be asked.
  ADD COLUMN asks boolean NOT NULL DEFAULT false,
  -- Somebody works on it, until run_at; whoever dies is followed by another then.
  ADD COLUMN claimed boolean NOT NULL DEFAULT false;
DROP INDEX razorpay_webhooks_open;
CREATE INDEX razorpay_webhooks_open ON razorpay_webhooks (asks, run_at) WHERE done_at IS NULL;
CREATE INDEX razorpay_webhooks_claimed ON razorpay_webhooks (subject) WHERE claimed;
