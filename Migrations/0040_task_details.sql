-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- The failed attempts of a task, the oldest first: the first twenty and the last twenty of them. They lie in the task's
-- row, so that an attempt that succeeds writes nothing more, and so that they are deleted with the task.
ALTER TABLE tasks ADD COLUMN failures jsonb;

-- The version of the payload's form. What earlier releases write has the first one.
ALTER TABLE tasks ADD COLUMN payload_version integer NOT NULL DEFAULT 1;

-- What may call a task back, when it was called back last, and whether it waits for that. A callback marks the row
-- whatever its state is, so that the end of an attempt sees one that came meanwhile.
ALTER TABLE tasks
  ADD COLUMN callback_key text,
  ADD COLUMN called_back_at timestamptz,
  ADD COLUMN awaits_callback boolean NOT NULL DEFAULT false;
-- A claim changes none of its columns.
CREATE INDEX tasks_by_callback ON tasks (callback_key) WHERE callback_key IS NOT NULL AND is_open;

-- The results of steps by name, on which the next attempt goes on.
ALTER TABLE tasks ADD COLUMN steps jsonb;

-- They end with a task that has succeeded or was cancelled, whoever wrote its end and whichever release. By its name, the
-- trigger comes after those that change `status`.
CREATE FUNCTION tasks_steps_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.steps := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_steps_end BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (NEW.steps IS NOT NULL AND NEW.status IN ('completed', 'cancelled')) EXECUTE FUNCTION tasks_steps_end();

-- The release before claims a task that waited for a callback, and ends its attempt without a word about it.
CREATE FUNCTION tasks_await_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.awaits_callback := false;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_await_no_more BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (OLD.awaits_callback AND OLD.status = 'pending' AND NEW.status = 'running')
  EXECUTE FUNCTION tasks_await_no_more();
