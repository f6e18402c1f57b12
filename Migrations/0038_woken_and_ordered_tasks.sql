-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- A claimed row is longer than a waiting one by its worker's name and two moments. With half of each page free, some did
-- not fit, and cost an entry in every index.
ALTER TABLE tasks SET (fillfactor = 40);

-- What a running task waits for has happened meanwhile: if its attempt ends without success, the task is due at once.
-- In no index, because it is written while a task runs.
ALTER TABLE tasks ADD COLUMN woken boolean NOT NULL DEFAULT false;

-- Tasks with the same key run one at a time, in the order of their creation. The first unfinished task of a key is its
-- head. The others are behind it, and due at no time, so that a claim does not meet them.
ALTER TABLE tasks ADD COLUMN ordering_key text;
ALTER TABLE tasks ADD COLUMN is_behind boolean NOT NULL DEFAULT false;
CREATE INDEX tasks_ordered ON tasks (ordering_key, created_at, id) WHERE is_open AND ordering_key IS NOT NULL;

-- Whoever adds, reopens or ends a task of a key locks the key until the end of its transaction. So no task can come
-- between the end of a head and the choice of the next one.

-- A task that is added, or begins anew, is behind the one that is first. By its name, the second trigger comes after
-- the one that keeps `is_open`. The time of creation is taken under the lock, so that it is the order of the commits.
-- Planned each time and by index: a plan that was kept since the table was empty would read all of it under the lock.
CREATE FUNCTION tasks_order_join() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('task order:' || NEW.ordering_key, 0));
  IF TG_OP = 'INSERT' THEN NEW.created_at := clock_timestamp(); END IF;
  NEW.is_behind := EXISTS (SELECT FROM tasks WHERE ordering_key = NEW.ordering_key AND is_open AND id <> NEW.id);
  IF NEW.is_behind THEN NEW.run_at := 'infinity'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_order_insert BEFORE INSERT ON tasks FOR EACH ROW
  WHEN (NEW.ordering_key IS NOT NULL) EXECUTE FUNCTION tasks_order_join();
CREATE TRIGGER tasks_order_reopen BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (NEW.ordering_key IS NOT NULL AND NEW.is_open AND OLD.is_open IS NOT TRUE) EXECUTE FUNCTION tasks_order_join();

-- Neither an event nor an operator lets a task run that is behind another.
CREATE FUNCTION tasks_order_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.run_at := 'infinity';
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_order_stay BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (OLD.is_behind AND NEW.is_behind AND NEW.run_at <> 'infinity') EXECUTE FUNCTION tasks_order_stay();

-- When the first task of a key has ended or is deleted, the next one is due, whichever release wrote the end. What it has
-- waited behind the other does not count as its own waiting.
-- `true` if there was one. The sweep calls it for keys whose first task has ended without the trigger, as in a restore.
CREATE FUNCTION tasks_order_release(of_key text) RETURNS boolean LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('task order:' || of_key, 0));
  IF EXISTS (SELECT FROM tasks WHERE ordering_key = of_key AND is_open AND NOT is_behind) THEN RETURN false; END IF;
  UPDATE tasks SET is_behind = false, run_at = clock_timestamp(), retried_at = clock_timestamp() WHERE id = (
    SELECT id FROM tasks WHERE ordering_key = of_key AND is_open ORDER BY created_at, id LIMIT 1);
  RETURN FOUND;
END $$;
GRANT EXECUTE ON FUNCTION tasks_order_release(text) TO talktime_task;
CREATE FUNCTION tasks_order_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tasks_order_release(OLD.ordering_key);
  RETURN NULL;
END $$;
CREATE TRIGGER tasks_order_end AFTER UPDATE ON tasks FOR EACH ROW
  WHEN (OLD.ordering_key IS NOT NULL AND OLD.is_open AND NEW.is_open IS NOT TRUE)
  EXECUTE FUNCTION tasks_order_next();
CREATE TRIGGER tasks_order_delete AFTER DELETE ON tasks FOR EACH ROW
  WHEN (OLD.ordering_key IS NOT NULL AND OLD.is_open) EXECUTE FUNCTION tasks_order_next();

-- The release before lets a task fail after its tenth attempt, and cannot say whether another attempt could help. This
-- release writes `is_open` with each end. So an end of the release before becomes a pause of an hour, for as long as
-- this release would try the task (`TaskType.giveUpAfter`) or until it has lost its worker too often. By its name, the
-- trigger comes before the one that keeps `is_open`.
CREATE FUNCTION tasks_fail_later() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.failing_since := coalesce(OLD.failing_since, clock_timestamp());
  IF NEW.error = 'worker_lost' THEN NEW.losses := OLD.losses + 1; END IF;
  IF NEW.losses < 10 AND clock_timestamp() < NEW.failing_since + interval '1 day'
    * (CASE WHEN NEW.type IN ('account_erasure', 'conversation_erasure') THEN 30 ELSE 3 END)
  THEN
    NEW.status := 'pending';
    NEW.completed_at := NULL;
    NEW.worker := NULL;
    NEW.run_at := clock_timestamp() + interval '1 hour';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_fail_later BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (OLD.status = 'running' AND NEW.status = 'failed' AND NEW.is_open AND NEW.attempts >= 10 AND NOT NEW.cancel_asked)
  EXECUTE FUNCTION tasks_fail_later();
