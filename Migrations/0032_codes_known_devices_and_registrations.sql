-- How many codes of mails were compared for an address within a day, by the purpose of the mail. The row of a link
-- bounds its own code, and this bounds those of all mails to the address. Only the SHA-256 of the address is kept.
CREATE TABLE code_comparisons (
  address_hash  bytea NOT NULL,
  purpose       text NOT NULL,
  -- When the day began: at its first comparison.
  since         timestamptz NOT NULL,
  compared      integer NOT NULL CHECK (compared > 0),
  PRIMARY KEY (address_hash, purpose)
);
CREATE INDEX code_comparisons_by_age ON code_comparisons (since);
ALTER TABLE code_comparisons ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON code_comparisons TO talktime_auth;
CREATE POLICY auth_all ON code_comparisons TO talktime_auth USING (true) WITH CHECK (true);

-- Grows whenever all devices of the account, or all others, end, so that proofs of known devices from before have no
-- counts of their own any more.
ALTER TABLE users ADD COLUMN known_devices_epoch bigint NOT NULL DEFAULT 0;

-- Whether the address of a verification was registered again since. Then it is not known whose the account's password
-- is, and the link proves the address only together with a new password.
ALTER TABLE account_links ADD COLUMN chooses_password boolean NOT NULL DEFAULT false
  CHECK (NOT chooses_password OR purpose = 'verify-email');

-- Whether the address, which nobody has proven, was registered again: verifications that are mailed from then on choose
-- a password, too. Without a meaning once the address is proven.
ALTER TABLE users ADD COLUMN registered_again boolean NOT NULL DEFAULT false;
