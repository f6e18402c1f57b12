-- The roles of the four services, and what every context shares: outbox, inbox and the guard of append-only tables.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['talktime_auth', 'talktime_billing', 'talktime_session', 'talktime_task'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- Roles belong to the whole server: another database was migrated at the same moment.
      END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', name);
  END LOOP;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- An event is written in the transaction of its cause; a relay carries it to its stream. Rows stay for 7 days, since the
-- relay publishes the last minute again when Redis may have lost it.
CREATE TABLE outbox (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  source        text NOT NULL,
  context       text NOT NULL,
  type          text NOT NULL,
  subject       text NOT NULL,
  data          text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_at  timestamptz,
  -- What identified the bus then. When it is another now, the bus may have lost the row.
  published_to  text,
  CHECK ((published_at IS NULL) = (published_to IS NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX outbox_unpublished ON outbox (source, created_at) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (source, published_at) WHERE published_at IS NOT NULL;

-- What a consumer has seen, noted in the transaction of the effect.
CREATE TABLE inbox (
  consumer    text NOT NULL,
  event_id    text NOT NULL,
  seen_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_by_age ON inbox (seen_at);

ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO talktime_auth, talktime_billing, talktime_session, talktime_task;
GRANT SELECT, INSERT, DELETE ON inbox TO talktime_auth, talktime_billing, talktime_session, talktime_task;
CREATE POLICY auth_own ON outbox TO talktime_auth USING (source = 'auth') WITH CHECK (source = 'auth');
CREATE POLICY billing_own ON outbox TO talktime_billing USING (source = 'billing') WITH CHECK (source = 'billing');
CREATE POLICY session_own ON outbox TO talktime_session USING (source = 'session') WITH CHECK (source = 'session');
CREATE POLICY task_own ON outbox TO talktime_task USING (source = 'task') WITH CHECK (source = 'task');
CREATE POLICY auth_own ON inbox TO talktime_auth USING (consumer LIKE 'auth%') WITH CHECK (consumer LIKE 'auth%');
CREATE POLICY billing_own ON inbox TO talktime_billing USING (consumer LIKE 'billing%') WITH CHECK (consumer LIKE 'billing%');
CREATE POLICY session_own ON inbox TO talktime_session USING (consumer LIKE 'session%') WITH CHECK (consumer LIKE 'session%');
CREATE POLICY task_own ON inbox TO talktime_task USING (consumer LIKE 'task%') WITH CHECK (consumer LIKE 'task%');
