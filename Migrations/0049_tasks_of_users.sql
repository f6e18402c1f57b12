-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- A task of nobody is never looked for by its user, and had an entry here when it was made and one more when it ended.
DROP INDEX tasks_by_user;
CREATE INDEX tasks_by_user ON tasks (user_id, created_at DESC, id) WHERE user_id IS NOT NULL;
