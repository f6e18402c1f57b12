-- What a user wants the mails about care plans to hold; empty for a user who has chosen nothing.
ALTER TABLE users ADD COLUMN care_plan_mail text CHECK (care_plan_mail IN ('link', 'full', 'none'));
GRANT SELECT (care_plan_mail) ON users TO talktime_task;

-- Since when ElevenLabs has shown the conversation of a plan as not begun, or as not finished.
ALTER TABLE care_plan_work ADD COLUMN unopened_since timestamptz, ADD COLUMN unfinished_since timestamptz;
