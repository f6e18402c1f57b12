-- Every link that is mailed to prove an address: a verification, a reset of the password, a change of the address and
-- its undoing. A link's secret is derived from its row, so that no row holds one.
ALTER TABLE email_verifications RENAME TO account_links;
ALTER INDEX email_verifications_pkey RENAME TO account_links_pkey;
ALTER INDEX email_verifications_by_expiry RENAME TO account_links_by_expiry;
ALTER TABLE account_links
  ADD COLUMN purpose text NOT NULL DEFAULT 'verify-email'
    CHECK (purpose IN ('verify-email', 'reset-password', 'change-email', 'undo-email-change')),
  -- `email` is the account's address when the link was requested, and this is the one that a change is to or was to.
  ADD COLUMN new_email text CHECK (length(new_email) BETWEEN 3 AND 254),
  ADD COLUMN requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD CONSTRAINT account_links_new_email
    CHECK ((new_email IS NOT NULL) = (purpose IN ('change-email', 'undo-email-change')));
ALTER TABLE account_links ALTER COLUMN purpose DROP DEFAULT;
CREATE INDEX account_links_by_user ON account_links (user_id);
-- An address is kept for the account that changed away from it while the undoing is possible.
CREATE INDEX account_links_undo_by_email ON account_links (lower(email)) WHERE purpose = 'undo-email-change';
GRANT SELECT (purpose, new_email) ON account_links TO talktime_task;

-- When the last links were mailed to an address, of which a stranger may have named any: an address without an account
-- is counted like one with an account, and only its SHA-256 is kept.
CREATE TABLE link_quotas (
  address_hash  bytea NOT NULL,
  purpose       text NOT NULL,
  -- The last three, the oldest first.
  sent_at       timestamptz[] NOT NULL,
  last_sent_at  timestamptz NOT NULL,
  PRIMARY KEY (address_hash, purpose)
);
CREATE INDEX link_quotas_by_age ON link_quotas (last_sent_at);
ALTER TABLE link_quotas ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON link_quotas TO talktime_auth;
CREATE POLICY auth_all ON link_quotas TO talktime_auth USING (true) WITH CHECK (true);
