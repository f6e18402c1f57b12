-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- How much of what the other services publish a worker of the task service reads, as a number that grows with the
-- releases. A worker of a release before does not say it. The other services look, and warn if it is too little.
ALTER TABLE task_workers ADD COLUMN vocabulary integer NOT NULL DEFAULT 0;
GRANT SELECT (lease_until, vocabulary) ON task_workers TO talktime_auth, talktime_billing, talktime_session;
CREATE POLICY others_read ON task_workers FOR SELECT TO talktime_auth, talktime_billing, talktime_session USING (true);
