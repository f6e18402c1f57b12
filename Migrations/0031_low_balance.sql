-- The mail about a low balance tells what is left at the moment of sending.
GRANT SELECT (user_id, available_ms, held_ms) ON wallets TO talktime_task;
CREATE POLICY task_reads ON wallets FOR SELECT TO talktime_task USING (true);
