-- What the store of live talks noted of a talk, for the proof of its charge; and what the session service needs so that an
-- operator can end talks and a closed account starts none.
ALTER TABLE talk_sessions
  -- By the wall clock of the store; null where no beat came, or where the store had forgotten the talk.
  ADD COLUMN first_beat_at            timestamptz,
  ADD COLUMN last_beat_at             timestamptz,
  -- The rest of the charge is for the time between the last beat and the end.
  ADD COLUMN charged_to_last_beat_ms  bigint,
  -- The newest version of the wallet that the talk had heard of.
  ADD COLUMN wallet_version           bigint,
  -- Silences over 7.5 s, each as [metered before it, its length, what it was charged]; the first fifty.
  ADD COLUMN gaps                     jsonb,
  ADD COLUMN gap_count                bigint,
  ADD COLUMN gap_total_ms             bigint;

GRANT INSERT ON operator_actions TO talktime_session, talktime_task;
CREATE POLICY session_notes ON operator_actions FOR INSERT TO talktime_session WITH CHECK (action LIKE 'session%');
CREATE POLICY task_notes ON operator_actions FOR INSERT TO talktime_task WITH CHECK (action LIKE 'stream%');

GRANT SELECT (id, disabled_at) ON users TO talktime_session;
CREATE POLICY session_reads ON users FOR SELECT TO talktime_session USING (true);
