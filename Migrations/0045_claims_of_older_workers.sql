-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- A worker of a release that knows no versions would run any payload as one of the first version, and an effect of that
-- cannot be taken back. Its row says no vocabulary, or is not there. The task is parked instead, as one of an unknown
-- type is, until a worker reads its version. The claim passes the row by, so that such a worker does not hear of it.
--
-- A worker of a release that numbers no claims would share the number of the claim before, by which a worker that has
-- lost the task still could keep the result of a step.
--
-- Planned each time and by index: a plan that was kept since the table was empty would read all of it.
CREATE FUNCTION tasks_claim_older() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
BEGIN
  IF NEW.payload_version > 1
    AND NOT EXISTS (SELECT FROM task_workers WHERE worker = NEW.worker AND vocabulary > 0)
  THEN
    UPDATE tasks SET status = 'parked', error = 'unknown_version' WHERE id = OLD.id;
    RETURN NULL;
  END IF;
  IF NEW.claims = OLD.claims THEN NEW.claims := OLD.claims + 1; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_claim_older BEFORE UPDATE ON tasks FOR EACH ROW
  WHEN (OLD.status = 'pending' AND NEW.status = 'running' AND (NEW.payload_version > 1 OR NEW.claims = OLD.claims))
  EXECUTE FUNCTION tasks_claim_older();
