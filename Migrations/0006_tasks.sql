-- The queue, what it makes, and the log of what was mailed. The first nine columns of tasks are the guide's.
CREATE TABLE tasks (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  type          text NOT NULL,
  payload       jsonb NOT NULL,
  status        text NOT NULL DEFAULT 'pending'
                CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled', 'parked')),
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at    timestamptz,
  completed_at  timestamptz,
  error         text,
  user_id       uuid,
  unique_key    text UNIQUE,
  priority      smallint NOT NULL DEFAULT 0,
  run_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts      integer NOT NULL DEFAULT 0,
  worker        text,
  lease_until   timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

-- Only what can be claimed or rescued is indexed, so that a long history costs a claim nothing.
CREATE INDEX tasks_claimable ON tasks (priority DESC, run_at) WHERE status = 'pending';
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE status = 'running';
CREATE INDEX tasks_by_user ON tasks (user_id, created_at DESC, id);

CREATE TABLE care_plans (
  session_id  text PRIMARY KEY,
  user_id     uuid NOT NULL,
  status      text NOT NULL CHECK (status IN ('ready', 'skipped', 'failed')),
  reason      text,
  plan        jsonb,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((status = 'ready') = (plan IS NOT NULL)),
  CHECK ((status = 'ready') = (reason IS NULL))
);

-- One row a mail that the provider has accepted. A worker killed between sending and noting asks the provider first.
CREATE TABLE sent_mails (
  custom_id   text PRIMARY KEY,
  user_id     uuid NOT NULL,
  message_id  text,
  sent_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One notification a statement, however many rows it inserts: NOTIFY serializes commits.
CREATE FUNCTION tasks_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('tasks', '');
  RETURN NULL;
END $$;
CREATE TRIGGER tasks_wake AFTER INSERT ON tasks FOR EACH STATEMENT EXECUTE FUNCTION tasks_wake();

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE sent_mails ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE ON tasks, care_plans TO talktime_task;
GRANT SELECT, INSERT ON sent_mails TO talktime_task;
CREATE POLICY task_all ON tasks TO talktime_task USING (true) WITH CHECK (true);
CREATE POLICY task_all ON care_plans TO talktime_task USING (true) WITH CHECK (true);
CREATE POLICY task_all ON sent_mails TO talktime_task USING (true) WITH CHECK (true);
