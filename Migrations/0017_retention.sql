-- What a relay still has to publish again, and what lets rows whose time is over be found and deleted in small batches.
CREATE TABLE outbox_relays (
  source      text PRIMARY KEY,
  -- What was published since then, and to another bus than the present one, goes out again; null when nothing does.
  again_from  timestamptz
);
ALTER TABLE outbox_relays ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON outbox_relays TO talktime_auth, talktime_billing, talktime_session, talktime_task;
CREATE POLICY auth_own ON outbox_relays TO talktime_auth USING (source = 'auth') WITH CHECK (source = 'auth');
CREATE POLICY billing_own ON outbox_relays TO talktime_billing
  USING (source = 'billing') WITH CHECK (source = 'billing');
CREATE POLICY session_own ON outbox_relays TO talktime_session
  USING (source = 'session') WITH CHECK (source = 'session');
CREATE POLICY task_own ON outbox_relays TO talktime_task USING (source = 'task') WITH CHECK (source = 'task');

-- Each moment that a row's age is counted from has an index, so that a batch reads what it deletes and nothing else.
CREATE INDEX devices_by_expiry ON devices (expires_at);
CREATE INDEX devices_ended ON devices (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX email_verifications_by_expiry ON email_verifications (expires_at);
CREATE INDEX razorpay_webhooks_done ON razorpay_webhooks (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX elevenlabs_webhooks_by_age ON elevenlabs_webhooks (received_at);
CREATE INDEX tasks_finished ON tasks (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX sent_mails_by_age ON sent_mails (sent_at);
-- An answer that was abandoned is too old to bind anyone, and its token still counts: its age is that of its lease.
DROP INDEX idempotency_answers_by_age;
CREATE INDEX idempotency_answers_by_lease ON idempotency_answers (lease_until);

GRANT DELETE ON razorpay_webhooks TO talktime_billing;
GRANT DELETE ON tasks, sent_mails TO talktime_task;
-- The session service still reads no body of what it could not understand.
GRANT SELECT (ctid, received_at), DELETE ON elevenlabs_webhooks TO talktime_session;
CREATE POLICY session_finds ON elevenlabs_webhooks FOR SELECT TO talktime_session USING (true);
CREATE POLICY session_deletes ON elevenlabs_webhooks FOR DELETE TO talktime_session USING (true);
