-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- A conversation of several talks has one care plan, with the last of them.
GRANT SELECT (conversation_id, created_at, charged_ms) ON talk_sessions TO talktime_task;
