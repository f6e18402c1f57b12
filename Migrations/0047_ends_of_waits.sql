-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- What ends the work on a plan in any case. The release before writes neither column, and needs neither. No lock of
-- `tasks` is taken here: workers lock the two tables in either order.
ALTER TABLE care_plan_work
  -- When ElevenLabs first showed the conversation as not ready, whatever outages have come since.
  ADD COLUMN waiting_since timestamptz,
  -- How many answers of the model were of no use. Attempts count more: lost workers, and a store that was away.
  ADD COLUMN useless_answers integer NOT NULL DEFAULT 0;

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
