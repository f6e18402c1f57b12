-- The attempts to sign in since the last right password, by address and known device. An address without an account is
-- counted like one with an account, and only its SHA-256 is kept.
CREATE TABLE password_attempts (
  address_hash  bytea NOT NULL CHECK (octet_length(address_hash) = 32),
  -- A device that has signed in to the account before; zeros for all others together.
  device_id     uuid NOT NULL,
  -- When all attempts of the window are back (GCRA).
  all_back_at   timestamptz NOT NULL,
  in_a_row      integer NOT NULL CHECK (in_a_row > 0),
  last_at       timestamptz NOT NULL,
  PRIMARY KEY (address_hash, device_id)
);
CREATE INDEX password_attempts_by_age ON password_attempts (last_at);
ALTER TABLE password_attempts ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON password_attempts TO talktime_auth;
CREATE POLICY auth_all ON password_attempts TO talktime_auth USING (true) WITH CHECK (true);
