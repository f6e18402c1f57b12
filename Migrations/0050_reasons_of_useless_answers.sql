-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- Why the last answer of the model was of no use. An outage afterwards has a reason of its own, which is no reason for
-- the end of the work. The release before leaves the column empty; its last reason counts then.
ALTER TABLE care_plan_work ADD COLUMN useless_reason text;
