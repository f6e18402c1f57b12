-- A statement that waits here for its lock holds up every later note of an operator's action. Run the migration again
-- then.
SET LOCAL lock_timeout = '5s';

-- What one operator has done, newest first, for the console.
CREATE INDEX operator_actions_by_actor ON operator_actions (actor, id);
