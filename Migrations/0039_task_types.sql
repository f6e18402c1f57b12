-- What an operator has decided about a type of task. A type without a row has neither a pause nor a limit.
CREATE TABLE task_types (
  type             text PRIMARY KEY,
  paused_at        timestamptz,
  pause_reason     text,
  paused_by        text,
  -- When the last pause has ended. The time before does not count as a task's waiting or failing.
  resumed_at       timestamptz,
  most_running     integer CHECK (most_running BETWEEN 1 AND 1000),
  most_per_minute  integer CHECK (most_per_minute BETWEEN 1 AND 60000),
  -- The tasks that have begun since there is `most_running`. Those of them that still run are counted by their own rows,
  -- so that no end has to be written here.
  begun            uuid[] NOT NULL DEFAULT '{}',
  -- How far what has begun reaches by `most_per_minute`.
  rate_until       timestamptz NOT NULL DEFAULT '-infinity',
  CHECK ((paused_at IS NULL) = (pause_reason IS NULL) AND (paused_at IS NULL) = (paused_by IS NULL))
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE task_types ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON task_types TO talktime_task;
CREATE POLICY task_all ON task_types TO talktime_task USING (true) WITH CHECK (true);
