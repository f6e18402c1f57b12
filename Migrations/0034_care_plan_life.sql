-- What is known of a plan beside the plan itself: why it is not there yet, and whether its owner has deleted it. The
-- row is also the lock that makes a deletion and the end of the writing follow one another.
CREATE TABLE care_plan_work (
  session_id        text PRIMARY KEY,
  user_id           uuid NOT NULL,
  reason            text,
  -- The first of the answers of ElevenLabs that may still change: it does not know the conversation, or no words of it.
  incomplete_since  timestamptz,
  -- The first outage or refusal of the model or of ElevenLabs.
  outage_since      timestamptz,
  deleted_at        timestamptz,
  updated_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX care_plan_work_by_user ON care_plan_work (user_id);
CREATE INDEX care_plan_work_by_age ON care_plan_work (updated_at);

ALTER TABLE care_plan_work ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON care_plan_work TO talktime_task;
CREATE POLICY task_all ON care_plan_work TO talktime_task USING (true) WITH CHECK (true);

-- A plan that stands in for the one that is still to be written.
ALTER TABLE care_plans ADD COLUMN is_provisional boolean NOT NULL DEFAULT false;

-- Plans are deleted by their age, and ElevenLabs' copies of conversations by theirs.
CREATE INDEX care_plans_by_age ON care_plans (created_at);
-- An erasure that fails is tried again. The index does not depend on `status`, which a claim changes, so that a claim
-- writes no index entry.
CREATE INDEX tasks_failed_erasures ON tasks (completed_at)
  WHERE type = 'conversation_erasure' AND completed_at IS NOT NULL AND error IS NOT NULL;
-- When the erasure was ordered.
ALTER TABLE conversations ADD COLUMN erasure_at timestamptz;
CREATE INDEX conversations_to_erase ON conversations (closed_at) WHERE closed_at IS NOT NULL AND erasure_at IS NULL;
GRANT SELECT (erasure_at), UPDATE (erasure_at) ON conversations TO talktime_task;
CREATE POLICY task_marks ON conversations FOR UPDATE TO talktime_task USING (true) WITH CHECK (true);
