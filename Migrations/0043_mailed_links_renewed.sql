-- A statement that waits here for its lock holds up every later statement on the table. Run the migration again then.
SET LOCAL lock_timeout = '5s';

-- A link that waits for its mail while the mail provider is away gets its time back when the mail is sent. Its secret is
-- derived from the expiry, so that the earlier one is worth nothing afterwards.
GRANT SELECT (requested_at), UPDATE (expires_at, code_tries) ON account_links TO talktime_task;
-- A link of an account that is disabled is not mailed.
GRANT SELECT (disabled_at) ON users TO talktime_task;
CREATE POLICY task_renews ON account_links FOR UPDATE TO talktime_task
  USING (used_at IS NULL AND purpose <> 'undo-email-change')
  WITH CHECK (used_at IS NULL AND purpose <> 'undo-email-change');
