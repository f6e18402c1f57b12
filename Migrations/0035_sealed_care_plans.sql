-- A plan is stored sealed under a data key of its user. The key is stored wrapped, under a key that is derived from
-- SECRET_KEY, so that a copy of the database shows no plan, and so that a plan dies with its key wherever copies of it
-- are.
CREATE TABLE care_plan_keys (
  id          uuid PRIMARY KEY,
  user_id     uuid NOT NULL,
  wrapped     bytea NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX care_plan_keys_by_user ON care_plan_keys (user_id);
ALTER TABLE care_plan_keys ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE, UPDATE (wrapped) ON care_plan_keys TO talktime_task;
CREATE POLICY task_all ON care_plan_keys TO talktime_task USING (true) WITH CHECK (true);

-- A plan is there in one form: as JSON, as earlier releases wrote it, or sealed.
ALTER TABLE care_plans
  ADD COLUMN sealed bytea,
  ADD COLUMN key_id uuid REFERENCES care_plan_keys ON DELETE CASCADE,
  DROP CONSTRAINT care_plans_check,
  ADD CONSTRAINT care_plans_ready CHECK ((status = 'ready') = (plan IS NOT NULL OR sealed IS NOT NULL)),
  ADD CONSTRAINT care_plans_one_form CHECK (plan IS NULL OR sealed IS NULL),
  ADD CONSTRAINT care_plans_sealed CHECK ((sealed IS NULL) = (key_id IS NULL));
CREATE INDEX care_plans_by_key ON care_plans (key_id) WHERE key_id IS NOT NULL;
