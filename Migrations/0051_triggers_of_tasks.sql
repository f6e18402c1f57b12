-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- Postgres evaluated the conditions of eleven triggers for each claim and each end, all of them false for most tasks.
-- One trigger with one condition and the same rules takes their place. The rules follow one another as those triggers
-- did, by their names: a rule sees what the ones before it have written. The condition is false for a claim and for a
-- success of this release, so that neither enters a function. The strongest lock comes first, and no row is read.
DROP TRIGGER tasks_await_no_more ON tasks;
DROP TRIGGER tasks_begin_anew ON tasks;
DROP TRIGGER tasks_cancel_asked ON tasks;
DROP TRIGGER tasks_claim_older ON tasks;
DROP TRIGGER tasks_fail_later ON tasks;
DROP TRIGGER tasks_keep_open ON tasks;
DROP TRIGGER tasks_name_parking ON tasks;
DROP TRIGGER tasks_order_end ON tasks;
DROP TRIGGER tasks_order_insert ON tasks;
DROP TRIGGER tasks_order_reopen ON tasks;
DROP TRIGGER tasks_order_stay ON tasks;
DROP TRIGGER tasks_steps_end ON tasks;
DROP TRIGGER tasks_unsuccessful ON tasks;
DROP FUNCTION tasks_await_no_more, tasks_begin_anew, tasks_cancel_asked, tasks_claim_older, tasks_fail_later,
  tasks_keep_open, tasks_name_parking, tasks_order_join, tasks_order_stay, tasks_steps_end, tasks_note_success;

-- Whoever adds or reopens a task of an ordering key locks the key until the end of its transaction, as whoever ends one
-- does (`tasks_order_release`).
-- Planned each time and by index: a plan that was kept since the table was empty would read all of it under the lock.
CREATE FUNCTION tasks_before_insert() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
BEGIN
  -- Not every statement writes `is_open`.
  NEW.is_open := NEW.status IN ('pending', 'running', 'parked');

  -- A task that is added is behind the first one of its key. The time of creation is taken under the lock, so that it
  -- is the order of the commits.
  IF NEW.ordering_key IS NOT NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('task order:' || NEW.ordering_key, 0));
    NEW.created_at := clock_timestamp();
    NEW.is_behind := EXISTS (SELECT FROM tasks WHERE ordering_key = NEW.ordering_key AND is_open AND id <> NEW.id);
    IF NEW.is_behind THEN NEW.run_at := 'infinity'; END IF;
  END IF;

  -- `is_unsuccessful` follows the status, whichever statement and whichever release writes that.
  IF (NEW.status IN ('failed', 'cancelled')) <> (NEW.is_unsuccessful IS TRUE) THEN
    NEW.is_unsuccessful := CASE WHEN NEW.status IN ('failed', 'cancelled') THEN true END;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_before_insert BEFORE INSERT ON tasks FOR EACH ROW
  WHEN (NEW.is_open IS DISTINCT FROM (NEW.status IN ('pending', 'running', 'parked'))
    OR NEW.ordering_key IS NOT NULL
    OR (NEW.status IN ('failed', 'cancelled')) <> (NEW.is_unsuccessful IS TRUE))
  EXECUTE FUNCTION tasks_before_insert();

CREATE FUNCTION tasks_before_update() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
BEGIN
  -- The release before claims a task that waited for a callback, and ends its attempt without a word about it.
  IF OLD.awaits_callback AND OLD.status = 'pending' AND NEW.status = 'running' THEN
    NEW.awaits_callback := false;
  END IF;

  -- An operator's retry through the release before begins everything anew, as one through this release does. Whoever
  -- has written when the task was tried again has written the others as well.
  IF OLD.status IN ('failed', 'cancelled') AND NEW.status = 'pending'
    AND NEW.retried_at IS NOT DISTINCT FROM OLD.retried_at
  THEN
    NEW.cancel_asked := false;
    NEW.losses := 0;
    NEW.failing_since := NULL;
    NEW.retried_at := clock_timestamp();
  END IF;

  -- The release before, too, puts running tasks back, without a look at the operator's wish.
  IF OLD.status = 'running' AND NEW.status = 'pending' AND NEW.cancel_asked THEN
    NEW.status := 'cancelled';
    NEW.completed_at := clock_timestamp();
  END IF;

  IF OLD.status = 'pending' AND NEW.status = 'running' THEN
    -- A worker of a release that knows no versions would run any payload as one of the first version, and an effect of
    -- that cannot be taken back. Its row says no vocabulary, or is not there. The task is parked instead, as one of an
    -- unknown type is, until a worker reads its version. The claim passes the row by, so that such a worker does not
    -- hear of it.
    IF NEW.payload_version > 1
      AND NOT EXISTS (SELECT FROM task_workers WHERE worker = NEW.worker AND vocabulary > 0)
    THEN
      UPDATE tasks SET status = 'parked', error = 'unknown_version' WHERE id = OLD.id;
      RETURN NULL;
    END IF;
    -- A worker of a release that numbers no claims would share the number of the claim before, by which a worker that
    -- has lost the task still could keep the result of a step.
    IF NEW.claims = OLD.claims THEN NEW.claims := OLD.claims + 1; END IF;
  END IF;

  -- The release before lets a task fail after its tenth attempt, and cannot say whether another attempt could help.
  -- This release writes `is_open` with each end. So an end of the release before becomes a pause of an hour, as long
  -- as this release would try the task (`TaskType.giveUpAfter`), or until it has lost its worker too often.
  IF OLD.status = 'running' AND NEW.status = 'failed' AND NEW.is_open AND NEW.attempts >= 10 AND NOT NEW.cancel_asked
  THEN
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
  END IF;

  -- Not every statement writes `is_open`. No rule from here on changes the status.
  NEW.is_open := NEW.status IN ('pending', 'running', 'parked');

  -- A waiting task is parked only if its type is unknown to the worker. The release before does not say so.
  IF OLD.status = 'pending' AND NEW.status = 'parked' AND NEW.error IS NOT DISTINCT FROM OLD.error THEN
    NEW.error := 'unknown_type';
  END IF;

  -- A task that begins anew is behind the first one of its key.
  IF NEW.ordering_key IS NOT NULL AND NEW.is_open AND OLD.is_open IS NOT TRUE THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('task order:' || NEW.ordering_key, 0));
    NEW.is_behind := EXISTS (SELECT FROM tasks WHERE ordering_key = NEW.ordering_key AND is_open AND id <> NEW.id);
    IF NEW.is_behind THEN NEW.run_at := 'infinity'; END IF;
  END IF;

  -- Neither an event nor an operator lets a task run that is behind another.
  IF OLD.is_behind AND NEW.is_behind AND NEW.run_at <> 'infinity' THEN NEW.run_at := 'infinity'; END IF;

  -- The results of steps end with a task that has succeeded or was cancelled, whichever release wrote its end.
  IF NEW.status IN ('completed', 'cancelled') THEN NEW.steps := NULL; END IF;

  -- `is_unsuccessful` follows the status, whichever statement and whichever release writes that.
  IF (NEW.status IN ('failed', 'cancelled')) <> (NEW.is_unsuccessful IS TRUE) THEN
    NEW.is_unsuccessful := CASE WHEN NEW.status IN ('failed', 'cancelled') THEN true END;
  END IF;
  RETURN NEW;
END $$;

-- True wherever any of the rules applies: the first one that does sees the rows as they are here. A rule that is added
-- there is added here, too. The row as it was is read as far as `claims`, the last of its columns that is named.
CREATE TRIGGER tasks_before_update BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (
    CASE NEW.status
      WHEN 'running' THEN NEW.is_open IS NOT TRUE OR NEW.is_unsuccessful IS TRUE
        OR (NEW.claims = OLD.claims OR NEW.payload_version > 1 OR NEW.awaits_callback) AND OLD.status = 'pending'
      WHEN 'completed' THEN NEW.is_open IS NOT FALSE OR NEW.is_unsuccessful IS TRUE OR NEW.steps IS NOT NULL
      WHEN 'pending' THEN NEW.is_open IS NOT TRUE OR NEW.is_unsuccessful IS TRUE
        OR OLD.status IN ('failed', 'cancelled') OR NEW.cancel_asked AND OLD.status = 'running'
      WHEN 'parked' THEN NEW.is_open IS NOT TRUE OR NEW.is_unsuccessful IS TRUE OR OLD.status = 'pending'
      ELSE NEW.is_open IS NOT FALSE OR NEW.is_unsuccessful IS NOT TRUE OR NEW.steps IS NOT NULL
    END
    OR NEW.ordering_key IS NOT NULL AND NEW.is_open AND OLD.is_open IS NOT TRUE
    OR NEW.is_behind AND NEW.run_at <> 'infinity')
  EXECUTE FUNCTION tasks_before_update();

-- The condition reads nothing of the row as it was, which the function looks at. An ordering key does not change.
CREATE OR REPLACE FUNCTION tasks_order_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ordering_key IS NOT NULL AND OLD.is_open THEN PERFORM tasks_order_release(OLD.ordering_key); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER tasks_order_end AFTER UPDATE ON tasks FOR EACH ROW
  WHEN (NEW.ordering_key IS NOT NULL AND NEW.is_open IS NOT TRUE) EXECUTE FUNCTION tasks_order_next();
