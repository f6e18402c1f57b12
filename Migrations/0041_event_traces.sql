-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- The entry of the stream that the relay has made of the event; null for what the release before has published.
ALTER TABLE outbox ADD COLUMN entry text;

-- The task service shows operators the way of any event, and publishes events again for them. It reads them through
-- these functions alone: a query of its own still finds no row of another service.
CREATE FUNCTION outbox_event(event uuid) RETURNS SETOF outbox
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT * FROM outbox WHERE id = event
$$;

-- Published events in the order of their publication, after the event `after_id` that was published at `since`.
CREATE FUNCTION outbox_published(
  of_source text, of_type text, since timestamptz, after_id uuid, before timestamptz, most bigint
) RETURNS SETOF outbox
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT * FROM outbox
  WHERE source = of_source AND (of_type IS NULL OR type = of_type)
    AND (published_at, id) > (since, after_id) AND published_at < before
  ORDER BY published_at, id LIMIT most
$$;

REVOKE ALL ON FUNCTION outbox_event(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION outbox_published(text, text, timestamptz, uuid, timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outbox_event(uuid) TO talktime_task;
GRANT EXECUTE ON FUNCTION outbox_published(text, text, timestamptz, uuid, timestamptz, bigint) TO talktime_task;
