-- One row per mail that was given to the provider and is not known to be accepted. It is written before the mail is
-- sent, so that a worker that dies in between leaves a trace. `unconfirmed_since` and `resend_at` are empty if the
-- provider certainly does not have the mail.
CREATE TABLE mail_attempts (
  custom_id          text PRIMARY KEY,
  user_id            uuid NOT NULL,
  first_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
  sends              integer NOT NULL DEFAULT 0,
  -- From when the time until the mail is given up counts; empty after it was given up.
  tried_since        timestamptz,
  unconfirmed_since  timestamptz,
  resend_at          timestamptz,
  CHECK ((unconfirmed_since IS NULL) = (resend_at IS NULL))
);
CREATE INDEX mail_attempts_by_age ON mail_attempts (first_at);
CREATE INDEX mail_attempts_by_user ON mail_attempts (user_id);

-- Addresses to which no mail is sent, by the hash of their form for comparison.
CREATE TABLE undeliverable_addresses (
  address_hash  bytea PRIMARY KEY,
  cause         text NOT NULL CHECK (cause IN ('hard_bounce', 'blocked', 'spam')),
  reported_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX undeliverable_addresses_by_age ON undeliverable_addresses (reported_at);

ALTER TABLE mail_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE undeliverable_addresses ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_attempts, undeliverable_addresses TO talktime_task;
CREATE POLICY task_all ON mail_attempts TO talktime_task USING (true) WITH CHECK (true);
CREATE POLICY task_all ON undeliverable_addresses TO talktime_task USING (true) WITH CHECK (true);
