-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- What ends the work on a plan in any case. The release before writes neither column, and needs neither.
ALTER TABLE care_plan_work
  -- When ElevenLabs first showed the conversation as not ready, whatever outages have come since.
  ADD COLUMN waiting_since timestamptz,
  -- How many answers of the model were of no use. Attempts count more: lost workers, and a store that was away.
  ADD COLUMN useless_answers integer NOT NULL DEFAULT 0;

-- Erasures of accounts that fail are tried again, as those of conversations are. Like theirs, the index does not depend
-- on `status`, which a claim changes. To make it, the table is read once, under a lock that lets nothing be written to
-- it. It comes last, so that the lock is held no longer than that.
CREATE INDEX tasks_failed_account_erasures ON tasks (completed_at)
  WHERE type = 'account_erasure' AND completed_at IS NOT NULL AND error IS NOT NULL;

-- An erasure that begins anew keeps the count of the workers that it has lost. The release before leaves these columns to
-- this function. Whoever writes when a task was tried again has written the others as well.
CREATE OR REPLACE FUNCTION tasks_begin_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.retried_at IS NOT DISTINCT FROM OLD.retried_at THEN
    NEW.cancel_asked := false;
    NEW.losses := 0;
    NEW.failing_since := NULL;
    NEW.retried_at := clock_timestamp();
  END IF;
  RETURN NEW;
END $$;
