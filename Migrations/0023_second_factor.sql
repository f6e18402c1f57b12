-- The authenticator app of a user: the secret of its codes, encrypted under a key that is derived from SECRET_KEY, for
-- this user only.
CREATE TABLE totp_factors (
  user_id        uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  sealed_secret  bytea NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Null until a code has shown that the app has the secret. Until then the account has no second factor.
  confirmed_at   timestamptz,
  -- The step of the last accepted code; no code of this step or an earlier one is accepted again.
  last_step      bigint,
  -- In a row. A code is counted before it is compared, and a right one sets the count back.
  wrong_codes    int NOT NULL DEFAULT 0 CHECK (wrong_codes >= 0),
  CHECK ((confirmed_at IS NULL) = (last_step IS NULL))
);

-- Each is accepted once. Only the SHA-256 of the user's id and the code is kept.
CREATE TABLE recovery_codes (
  user_id    uuid NOT NULL REFERENCES totp_factors ON DELETE CASCADE,
  code_hash  bytea NOT NULL CHECK (octet_length(code_hash) = 32),
  used_at    timestamptz,
  PRIMARY KEY (user_id, code_hash)
);

-- Sign-ins that wait for their second factor. Only the SHA-256 of a challenge's token is kept.
CREATE TABLE sign_in_challenges (
  token_hash  bytea PRIMARY KEY,
  user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  -- What was proven so far (RFC 8176), separated by spaces.
  methods     text NOT NULL,
  -- An answer is counted before it is compared.
  answers     int NOT NULL DEFAULT 0 CHECK (answers >= 0),
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at  timestamptz NOT NULL,
  -- Completed, or ended with the user's devices.
  ended_at    timestamptz
);
CREATE INDEX sign_in_challenges_by_user ON sign_in_challenges (user_id);
CREATE INDEX sign_in_challenges_by_expiry ON sign_in_challenges (expires_at);

ALTER TABLE totp_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_challenges ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON totp_factors, recovery_codes, sign_in_challenges TO talktime_auth;
CREATE POLICY auth_all ON totp_factors TO talktime_auth USING (true) WITH CHECK (true);
CREATE POLICY auth_all ON recovery_codes TO talktime_auth USING (true) WITH CHECK (true);
CREATE POLICY auth_all ON sign_in_challenges TO talktime_auth USING (true) WITH CHECK (true);
