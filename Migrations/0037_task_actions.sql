-- An operator's actions on tasks are recorded with their reasons.
CREATE POLICY task_notes_of_tasks ON operator_actions FOR INSERT TO talktime_task WITH CHECK (action LIKE 'task%');
