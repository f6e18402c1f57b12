-- What is known of a plan beside the plan itself: why it is not there yet, and whether its owner has deleted it. The row
-- is also the lock that makes a deletion and the end of the writing follow one another.
CREATE TABLE care_plan_work (
  session_id  text PRIMARY KEY,
  user_id     uuid NOT NULL,
  reason      text,
  deleted_at  timestamptz,
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX care_plan_work_by_user ON care_plan_work (user_id);
CREATE INDEX care_plan_work_by_age ON care_plan_work (updated_at);

ALTER TABLE care_plan_work ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON care_plan_work TO talktime_task;
CREATE POLICY task_all ON care_plan_work TO talktime_task USING (true) WITH CHECK (true);
