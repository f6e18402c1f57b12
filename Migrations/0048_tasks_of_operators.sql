-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- What has failed or was cancelled, so that an operator's action finds it among a million tasks that went well. It is
-- null for every other task, so that such a row has the same length as before and no entry in the index. A claim does
-- not change it. The strongest lock comes first.
ALTER TABLE tasks ADD COLUMN is_unsuccessful boolean;

-- It follows the status, whichever statement and whichever release writes that. By its name, the trigger comes after
-- those that change the status.
CREATE FUNCTION tasks_note_success() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.is_unsuccessful := CASE WHEN NEW.status IN ('failed', 'cancelled') THEN true END;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_unsuccessful BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW
  WHEN ((NEW.status IN ('failed', 'cancelled')) <> (NEW.is_unsuccessful IS TRUE))
  EXECUTE FUNCTION tasks_note_success();

-- In the order of creation, which does not change, so that an action goes on where it was.
CREATE INDEX tasks_unsuccessful ON tasks (created_at, id) WHERE is_unsuccessful;

-- What has not ended, in the same order: an outage leaves a million tasks waiting, and an action takes 500 a step. A task
-- has its entry from the beginning. A claim writes none, and neither does an end. IS TRUE keeps it from claims, which ask
-- for `is_open`: by statistics of a moment when nothing waited, the server took it for them, and sorted all that waits.
CREATE INDEX tasks_unfinished ON tasks (created_at, id) WHERE is_open IS TRUE;

-- The entry of a finished task has the time of its creation, too: a page of the newest tasks is found in the index.
DROP INDEX tasks_finished;
CREATE INDEX tasks_finished ON tasks (completed_at, created_at) WHERE completed_at IS NOT NULL;

-- Rows of the Flask deployment may have no time of their end, or one before their creation. So may a task that a server
-- has ended whose clock is behind. No other task has an entry here.
CREATE INDEX tasks_undated ON tasks (created_at, id)
  WHERE is_open IS NOT TRUE AND (completed_at IS NULL OR completed_at < created_at);

-- Erasures of accounts that fail are tried again, as those of conversations are. Like theirs, the index does not depend
-- on `status`, which a claim changes. It is made here, where `tasks` is locked and no other table is.
CREATE INDEX tasks_failed_account_erasures ON tasks (completed_at)
  WHERE type = 'account_erasure' AND completed_at IS NOT NULL AND error IS NOT NULL;

-- What has not ended has no time of its end. Last, so that the new versions of rows lie as later ones do.
UPDATE tasks SET
  is_unsuccessful = CASE WHEN status IN ('failed', 'cancelled') THEN true END,
  completed_at = CASE WHEN is_open IS NOT TRUE THEN completed_at END
WHERE status IN ('failed', 'cancelled') OR is_open AND completed_at IS NOT NULL;
