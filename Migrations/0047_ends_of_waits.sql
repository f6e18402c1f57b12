-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- What ends the work on a plan in any case. The release before writes neither column, and needs neither.
ALTER TABLE care_plan_work
  -- When ElevenLabs first showed the conversation as not ready, whatever outages have come since.
  ADD COLUMN waiting_since timestamptz,
  -- How many answers of the model were of no use. Attempts count more: lost workers, and a store that was away.
  ADD COLUMN useless_answers integer NOT NULL DEFAULT 0;
