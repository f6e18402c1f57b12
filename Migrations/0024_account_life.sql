-- What disabling, deleting and exporting an account need, and the consent to recording and AI.

-- A deleted account keeps its row, so that the ledger and the documents have an owner, without anything that names a
-- person. The account that it had been merged from is deleted with it and stays `merged`.
ALTER TABLE users
  ADD COLUMN deleted_at timestamptz,
  DROP CONSTRAINT users_address_problem_check,
  ADD CONSTRAINT users_address_problem_check
    CHECK (address_problem IN ('duplicate', 'invalid', 'merged', 'deleted')),
  ADD CONSTRAINT users_deleted CHECK (address_problem IS DISTINCT FROM 'deleted' OR deleted_at IS NOT NULL),
  ADD CONSTRAINT users_deleted_is_nobody CHECK (deleted_at IS NULL OR (address_problem IN ('merged', 'deleted')
    AND email = '' AND name IS NULL AND password_hash IS NULL AND google_sub IS NULL AND scope = ''));
CREATE INDEX users_by_merged_into ON users (merged_into) WHERE merged_into IS NOT NULL;
-- Billing credits nothing for a deleted account, and no task is made for one.
GRANT SELECT (deleted_at) ON users TO talktime_billing, talktime_task;

-- An account is not deleted while talk time is left in its wallet, unless its owner gives that up.
GRANT SELECT (user_id, available_ms, held_ms) ON wallets TO talktime_auth;
CREATE POLICY auth_reads ON wallets FOR SELECT TO talktime_auth USING (true);

-- Operators disable and enable accounts.
GRANT INSERT ON operator_actions TO talktime_auth;
CREATE POLICY auth_notes ON operator_actions FOR INSERT TO talktime_auth WITH CHECK (action LIKE 'user.%');

-- The consents to recording and AI, by the version of their text.
CREATE TABLE consents (
  user_id   uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  version   text NOT NULL CHECK (length(version) BETWEEN 1 AND 40),
  given_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, version)
);
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON consents TO talktime_auth;
GRANT SELECT (user_id, version) ON consents TO talktime_session;
CREATE POLICY auth_all ON consents TO talktime_auth USING (true) WITH CHECK (true);
CREATE POLICY session_reads ON consents FOR SELECT TO talktime_session USING (true);

-- What a deletion erases is found by its user.
CREATE INDEX tax_documents_by_user ON tax_documents (user_id);
CREATE INDEX razorpay_webhooks_by_subject ON razorpay_webhooks (subject);
CREATE INDEX conversations_by_user ON conversations (user_id);
CREATE INDEX care_plans_by_user ON care_plans (user_id);
CREATE INDEX sent_mails_by_user ON sent_mails (user_id);
GRANT DELETE ON buyers TO talktime_billing;
GRANT DELETE ON care_plans TO talktime_task;
-- The task service erases ElevenLabs' copies of conversations that are over.
GRANT SELECT (id, user_id, closed_at) ON conversations TO talktime_task;
CREATE POLICY task_reads ON conversations FOR SELECT TO talktime_task USING (true);

-- A tax document is never changed, except that the person's name and addresses can be removed from its buyer. Nothing
-- else of it can be changed, and nothing can be added.
CREATE FUNCTION refuse_document_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'details' = to_jsonb(OLD) - 'details'
    AND NEW.details - 'buyer' = OLD.details - 'buyer'
    AND (NEW.details -> 'buyer') <@ (OLD.details -> 'buyer')
    AND (NEW.details -> 'buyer') - '{name,address,email}'::text[]
      = (OLD.details -> 'buyer') - '{name,address,email}'::text[]
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'tax_documents is append-only' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER tax_documents_are_append_only ON tax_documents;
CREATE TRIGGER tax_documents_are_append_only BEFORE DELETE OR TRUNCATE ON tax_documents
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tax_documents_lose_persons_only BEFORE UPDATE ON tax_documents
  FOR EACH ROW EXECUTE FUNCTION refuse_document_change();
GRANT UPDATE (details) ON tax_documents TO talktime_billing;
