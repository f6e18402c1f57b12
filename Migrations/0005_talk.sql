-- The history of talks. A live talk's figures are in Redis; what Postgres was last told of them stands here.
CREATE TABLE talk_sessions (
  id               text PRIMARY KEY CHECK (length(id) = 22),
  user_id          uuid NOT NULL,
  agent_id         text NOT NULL,
  conversation_id  text,
  created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Told with each slice.
  metered_ms       bigint NOT NULL DEFAULT 0,
  settled_at       timestamptz,
  charged_ms       bigint,
  end_reason       text,
  forgiven_ms      bigint NOT NULL DEFAULT 0,
  beats            bigint NOT NULL DEFAULT 0,
  balance_ms       bigint,
  CHECK ((settled_at IS NULL) = (charged_ms IS NULL)),
  CHECK ((settled_at IS NULL) = (end_reason IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX talk_sessions_by_user ON talk_sessions (user_id, created_at DESC, id DESC);
CREATE INDEX talk_sessions_unsettled ON talk_sessions (user_id) WHERE settled_at IS NULL;
CREATE INDEX talk_sessions_by_conversation ON talk_sessions (conversation_id);

-- Every conversation that a URL was given out for. Several talks may share one: a URL that was never opened is given again.
CREATE TABLE conversations (
  id           text PRIMARY KEY,
  user_id      uuid NOT NULL,
  agent_id     text NOT NULL,
  -- Emptied when the conversation is over.
  signed_url   text NOT NULL,
  invited_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at    timestamptz,
  duration_ms  bigint
);
CREATE INDEX conversations_open ON conversations (user_id) WHERE closed_at IS NULL;

ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON conversations TO talktime_session;
CREATE POLICY session_all ON conversations TO talktime_session USING (true) WITH CHECK (true);

ALTER TABLE talk_sessions ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON talk_sessions TO talktime_session;
CREATE POLICY session_all ON talk_sessions TO talktime_session USING (true) WITH CHECK (true);
GRANT SELECT (id, user_id, settled_at) ON talk_sessions TO talktime_task;
CREATE POLICY task_reads ON talk_sessions FOR SELECT TO talktime_task USING (true);
