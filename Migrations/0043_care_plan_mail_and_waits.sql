-- What a user wants the mails about care plans to hold; empty for a user who has chosen nothing.
ALTER TABLE users ADD COLUMN care_plan_mail text CHECK (care_plan_mail IN ('link', 'full', 'none'));
GRANT SELECT (care_plan_mail) ON users TO talktime_task;
