-- The passkeys (WebAuthn credentials) that sign in to an account.
CREATE TABLE passkeys (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id          uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  -- The id by which an authenticator knows it. One credential belongs to one account.
  credential_id    bytea NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 16 AND 1023),
  -- A COSE key (RFC 9053), as the authenticator sent it, and the number of its algorithm.
  public_key       bytea NOT NULL CHECK (octet_length(public_key) <= 1024),
  algorithm        integer NOT NULL,
  -- How often it has signed, as the authenticator counts; zero for one that does not count.
  counter          bigint NOT NULL CHECK (counter BETWEEN 0 AND 4294967295),
  name             text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  -- How a browser reaches the authenticator, separated by spaces.
  transports       text NOT NULL DEFAULT '',
  -- Whether it can be copied to the user's other devices, which does not change, and whether it is at present.
  backup_eligible  boolean NOT NULL,
  backed_up        boolean NOT NULL CHECK (backup_eligible OR NOT backed_up),
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at     timestamptz
);
CREATE INDEX passkeys_by_user ON passkeys (user_id, created_at DESC);

ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON passkeys TO talktime_auth;
CREATE POLICY auth_all ON passkeys TO talktime_auth USING (true) WITH CHECK (true);
