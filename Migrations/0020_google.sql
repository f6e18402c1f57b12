-- The sign-in credentials that were accepted, as SHA-256 of what their issuer signed: each is accepted once.
CREATE TABLE used_credentials (
  digest      bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  -- When the credential itself expires; the row has no meaning afterwards.
  expires_at  timestamptz NOT NULL
);
CREATE INDEX used_credentials_by_expiry ON used_credentials (expires_at);

ALTER TABLE used_credentials ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON used_credentials TO talktime_auth;
CREATE POLICY auth_all ON used_credentials TO talktime_auth USING (true) WITH CHECK (true);
