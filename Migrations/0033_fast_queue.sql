-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- A claim changes no indexed column, so that Postgres writes no index entry for it: the index of what is not finished
-- depends on a column that is the same for a waiting, a running and a parked task. No constant is given to the rows
-- that exist, so that they are not written anew; a row without a value is finished.
ALTER TABLE tasks ADD COLUMN is_open boolean;
ALTER TABLE tasks ALTER COLUMN is_open SET DEFAULT true;

-- Half of each page stays free for the second version of its rows.
ALTER TABLE tasks SET (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_limit = 2000);

-- Both depend on `status`, and so would be written at each claim. The release before works without them, more slowly.
DROP INDEX tasks_claimable;
DROP INDEX tasks_leased;
CREATE INDEX tasks_open ON tasks (type, priority, run_at) WHERE is_open;

-- After the above, so that the new versions of these rows lie as later ones do.
UPDATE tasks SET is_open = true WHERE status IN ('pending', 'running', 'parked');

-- Counts the claims of a task and never goes back, unlike its attempts: a worker's later writes name the claim.
ALTER TABLE tasks ADD COLUMN claims integer NOT NULL DEFAULT 0;

-- Since when the task has failed, attempt by attempt, but for waiting in between. Attempts end with this time.
ALTER TABLE tasks ADD COLUMN failing_since timestamptz;
-- How often the task has lost its worker. The deaths of workers end by their number.
ALTER TABLE tasks ADD COLUMN losses integer NOT NULL DEFAULT 0;
-- When an operator has retried the task; the time for which it may wait begins anew.
ALTER TABLE tasks ADD COLUMN retried_at timestamptz;

-- An operator wants a running task to stop. Its worker sees it; the task is cancelled when its handler has ended.
ALTER TABLE tasks ADD COLUMN cancel_asked boolean NOT NULL DEFAULT false;

-- The release before writes `status` alone. This release writes both, so that the function seldom runs.
CREATE FUNCTION tasks_keep_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_open := NEW.status IN ('pending', 'running', 'parked');
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_keep_open BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW
  WHEN (NEW.is_open IS DISTINCT FROM (NEW.status IN ('pending', 'running', 'parked')))
  EXECUTE FUNCTION tasks_keep_open();

-- The release before, too, puts running tasks back, without a look at the operator's wish. By its name, this trigger
-- comes before the one that keeps `is_open`.
CREATE FUNCTION tasks_cancel_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.status := 'cancelled';
  NEW.completed_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_cancel_asked BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (OLD.status = 'running' AND NEW.status = 'pending' AND NEW.cancel_asked)
  EXECUTE FUNCTION tasks_cancel_asked();

-- An operator's retry through the release before begins everything anew, as one through this release does.
CREATE FUNCTION tasks_begin_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.cancel_asked := false;
  NEW.losses := 0;
  NEW.failing_since := NULL;
  NEW.retried_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_begin_anew BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (OLD.status IN ('failed', 'cancelled') AND NEW.status = 'pending')
  EXECUTE FUNCTION tasks_begin_anew();

-- A waiting task is parked only if its type is unknown to the worker. The release before does not say so.
CREATE FUNCTION tasks_name_parking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.error IS NOT DISTINCT FROM OLD.error THEN NEW.error := 'unknown_type'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_name_parking BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (OLD.status = 'pending' AND NEW.status = 'parked')
  EXECUTE FUNCTION tasks_name_parking();

-- A worker has one lease for all its tasks. `is_swept` says that the tasks of a dead worker have been put back.
CREATE TABLE task_workers (
  worker       text PRIMARY KEY,
  lease_until  timestamptz NOT NULL,
  is_swept     boolean NOT NULL DEFAULT false
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE task_workers ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON task_workers TO talktime_task;
CREATE POLICY task_all ON task_workers TO talktime_task USING (true) WITH CHECK (true);

-- The service notifies itself, many tasks at once: NOTIFY in each transaction would serialize their commits.
DROP TRIGGER tasks_wake ON tasks;
DROP FUNCTION tasks_wake;
