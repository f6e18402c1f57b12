-- What a user wants the mails about care plans to hold; empty for a user who has chosen nothing.
ALTER TABLE users ADD COLUMN care_plan_mail text CHECK (care_plan_mail IN ('link', 'full', 'none'));
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

-- Since when ElevenLabs has shown the conversation of a plan as not begun, or as not finished.
ALTER TABLE care_plan_work ADD COLUMN unopened_since timestamptz, ADD COLUMN unfinished_since timestamptz;
