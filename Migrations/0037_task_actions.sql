-- An operator's actions on tasks are recorded with their reasons.
CREATE POLICY task_notes_of_tasks ON operator_actions FOR INSERT TO talktime_task WITH CHECK (action LIKE 'task%');

-- An operator chooses among the tasks that ended without success, by type and error code.
CREATE INDEX tasks_ended_badly ON tasks (type, error) WHERE status IN ('failed', 'cancelled', 'parked');
