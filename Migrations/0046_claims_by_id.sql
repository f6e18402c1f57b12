-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- Tasks that one statement has inserted have the same time. A claim goes on after the last task of the one before it, by
-- time and id, instead of passing all of that time once more: while an old transaction is open, nothing of it is gone.
-- The old index goes first, with the strongest lock: a claim that waited for a weaker one would then be in the way of it.
DROP INDEX tasks_open;
CREATE INDEX tasks_due ON tasks (type, priority, run_at, id) WHERE is_open;

-- A random number with the present time before it (RFC 9562, version 7). Ids that were made together lie together, so
-- that an index of ids is written at its end and not everywhere. While an old transaction is open, Postgres looks in vain
-- for rows that it could forget behind each full page of an index; with random ids these would lie all over the table.
CREATE FUNCTION time_ordered_uuid() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
      52, 1), 53, 1),
    'hex')::uuid
$$;
ALTER TABLE tasks ALTER COLUMN id SET DEFAULT time_ordered_uuid();
GRANT EXECUTE ON FUNCTION time_ordered_uuid() TO talktime_task;
