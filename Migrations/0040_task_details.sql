-- The failed attempts of a task, the oldest first: the first twenty and the last twenty of them. They lie in the task's
-- row, so that an attempt that succeeds writes nothing more, and so that they are deleted with the task.
ALTER TABLE tasks ADD COLUMN failures jsonb;

-- The version of the payload's form. What earlier releases write has the first one.
ALTER TABLE tasks ADD COLUMN payload_version integer NOT NULL DEFAULT 1;
