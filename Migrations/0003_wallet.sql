-- Talk time, in milliseconds. A wallet is the sum of its ledger; both are written in one transaction, under the row's
-- lock, by the statements of one adapter.
CREATE TABLE wallets (
  user_id       uuid PRIMARY KEY,
  available_ms  bigint NOT NULL DEFAULT 0 CHECK (available_ms >= 0),
  held_ms       bigint NOT NULL DEFAULT 0 CHECK (held_ms >= 0),
  owed_ms       bigint NOT NULL DEFAULT 0 CHECK (owed_ms >= 0),
  version       bigint NOT NULL DEFAULT 0,
  frozen        boolean NOT NULL DEFAULT false,
  CHECK (owed_ms = 0 OR available_ms = 0)
) WITH (fillfactor = 80);

CREATE TABLE ledger (
  id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id             uuid NOT NULL,
  kind                text NOT NULL CHECK (kind IN (
                        'purchase', 'grant', 'opening', 'hold', 'settlement', 'refund', 'release', 'adjustment')),
  reference           text NOT NULL UNIQUE,
  -- What was asked for; a repeat that asks for another amount is refused.
  requested_ms        bigint NOT NULL,
  available_delta_ms  bigint NOT NULL,
  held_delta_ms       bigint NOT NULL,
  owed_delta_ms       bigint NOT NULL DEFAULT 0,
  available_after_ms  bigint NOT NULL,
  held_after_ms       bigint NOT NULL,
  version             bigint NOT NULL,
  -- The event or the request that brought it about.
  cause               text NOT NULL,
  created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (user_id, version)
);
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What is set aside and not yet spent: the slices of a talk, the time of a refund under way.
CREATE TABLE holds (
  reference   text PRIMARY KEY,
  user_id     uuid NOT NULL,
  -- What the holds of one settlement have in common, such as session:<id>.
  purpose     text NOT NULL,
  amount_ms   bigint NOT NULL CHECK (amount_ms >= 0),
  -- All holds of this purpose so far, this one included.
  cumulative_ms  bigint NOT NULL,
  is_final    boolean NOT NULL,
  expires_at  timestamptz NOT NULL,
  closed_at   timestamptz
) WITH (fillfactor = 80);
CREATE INDEX holds_open ON holds (purpose) WHERE closed_at IS NULL;
CREATE INDEX holds_overdue ON holds (expires_at) WHERE closed_at IS NULL;
CREATE INDEX holds_by_purpose ON holds (purpose);

ALTER TABLE wallets ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE holds ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE ON wallets, holds TO talktime_billing, talktime_session;
GRANT SELECT, INSERT ON ledger TO talktime_billing, talktime_session;
CREATE POLICY billing_all ON wallets TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY session_all ON wallets TO talktime_session USING (true) WITH CHECK (true);
CREATE POLICY billing_all ON holds TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY session_of_talk ON holds TO talktime_session
  USING (purpose LIKE 'session:%') WITH CHECK (purpose LIKE 'session:%');
CREATE POLICY billing_all ON ledger TO talktime_billing USING (true) WITH CHECK (true);
CREATE POLICY session_reads ON ledger FOR SELECT TO talktime_session USING (true);
-- The session service spends; it can never credit.
CREATE POLICY session_of_talk ON ledger FOR INSERT TO talktime_session
  WITH CHECK (kind IN ('hold', 'settlement', 'adjustment') AND reference LIKE 'session:%');
