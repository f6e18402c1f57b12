-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- Since when ElevenLabs has shown the conversation of a plan as not begun, or as not finished. It comes first, so that
-- the lock on users is not held while this one is waited for.
ALTER TABLE care_plan_work ADD COLUMN unopened_since timestamptz, ADD COLUMN unfinished_since timestamptz;

-- What a user wants the mails about care plans to hold; empty for a user who has chosen nothing. The column is empty in
-- every row, so the check reads none of them under the lock.
ALTER TABLE users ADD COLUMN care_plan_mail text;
ALTER TABLE users ADD CONSTRAINT users_care_plan_mail_check
  CHECK (care_plan_mail IN ('link', 'full', 'none')) NOT VALID;
GRANT SELECT (care_plan_mail) ON users TO talktime_task;

-- A choice goes with its account, also where the release before deletes it, which does not know the column.
CREATE FUNCTION users_erase_care_plan_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.care_plan_mail := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER users_erase_care_plan_mail BEFORE UPDATE ON users FOR EACH ROW
  WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL AND NEW.care_plan_mail IS NOT NULL)
  EXECUTE FUNCTION users_erase_care_plan_mail();
