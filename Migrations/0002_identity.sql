-- Accounts, signed-in devices and what was taken back. The first six columns of users are the guide's, without its
-- balance, which is a wallet now.
CREATE TABLE users (
  id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email              text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  password_hash      text,
  created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_login         timestamptz,
  name               text CHECK (length(name) <= 200),
  email_verified_at  timestamptz,
  google_sub         text UNIQUE,
  disabled_at        timestamptz,
  scope              text NOT NULL DEFAULT ''
);
-- One account an address, however it is capitalized.
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- One row a refresh family. The token that was current before the last rotation is kept for its replay to be seen.
CREATE TABLE devices (
  id                  uuid PRIMARY KEY,
  user_id             uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  token_hash          bytea NOT NULL,
  previous_hash       bytea,
  rotated_at          timestamptz,
  authenticated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  user_agent          text,
  created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at          timestamptz NOT NULL,
  ended_at            timestamptz
);
CREATE UNIQUE INDEX devices_by_token ON devices (token_hash);
CREATE INDEX devices_by_previous ON devices (previous_hash);
CREATE INDEX devices_by_user ON devices (user_id, created_at DESC);

-- Access tokens that are dead before they expire: those of one device, or (device null) all issued until `cutoff`.
-- Redis holds a copy, which is made again from here.
CREATE TABLE revocations (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id     uuid NOT NULL,
  device_id   uuid,
  cutoff      timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at  timestamptz NOT NULL
);
CREATE INDEX revocations_by_expiry ON revocations (expires_at);

CREATE TABLE email_verifications (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  email       text NOT NULL,
  expires_at  timestamptz NOT NULL,
  used_at     timestamptz
);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE email_verifications ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON users, devices, revocations, email_verifications TO talktime_auth;
CREATE POLICY auth_all ON users TO talktime_auth USING (true) WITH CHECK (true);
CREATE POLICY auth_all ON devices TO talktime_auth USING (true) WITH CHECK (true);
CREATE POLICY auth_all ON revocations TO talktime_auth USING (true) WITH CHECK (true);
CREATE POLICY auth_all ON email_verifications TO talktime_auth USING (true) WITH CHECK (true);

-- Mails are addressed when they are written: the queue and the streams hold no address.
GRANT SELECT (id, email, name, email_verified_at) ON users TO talktime_task;
GRANT SELECT (id, user_id, email, expires_at, used_at) ON email_verifications TO talktime_task;
CREATE POLICY task_reads ON users FOR SELECT TO talktime_task USING (true);
CREATE POLICY task_reads ON email_verifications FOR SELECT TO talktime_task USING (true);
