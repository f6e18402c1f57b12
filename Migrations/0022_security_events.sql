-- What happened to the security of each account: sign-ins, ended devices, changes of password, address and ways to
-- sign in. Each row is written in the transaction of its change.
CREATE TABLE security_events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id     uuid NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind        text NOT NULL,
  -- Never a whole address.
  network     text,
  device_id   uuid,
  request_id  text,
  detail      text
);
CREATE INDEX security_events_by_user ON security_events (user_id, id);
CREATE INDEX security_events_by_age ON security_events (at);
-- Rows are never changed. They are deleted a year later, and with their account.
CREATE TRIGGER security_events_are_append_only BEFORE UPDATE OR TRUNCATE ON security_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE security_events ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON security_events TO talktime_auth;
CREATE POLICY auth_all ON security_events TO talktime_auth USING (true) WITH CHECK (true);
