-- What a database that the guide made brings along: rows of users that are no account, and rows that became another's.
ALTER TABLE users
  -- duplicate: another row, used later, has the address in other capitals. invalid: no mail can be sent to it.
  -- merged: what was this row's is merged_into's now. No such row signs in or is found by its address.
  ADD COLUMN address_problem text CHECK (address_problem IN ('duplicate', 'invalid', 'merged')),
  ADD COLUMN merged_into uuid,
  ADD CONSTRAINT users_merged CHECK ((address_problem IS NOT DISTINCT FROM 'merged') = (merged_into IS NOT NULL)),
  DROP CONSTRAINT users_email_check,
  ADD CONSTRAINT users_email_length CHECK (address_problem IS NOT NULL OR length(email) BETWEEN 3 AND 254);

DROP INDEX users_email;
CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE address_problem IS NULL;
CREATE INDEX users_with_problem ON users (address_problem) WHERE address_problem IS NOT NULL;

-- No mail goes to an address that is not the account's own.
GRANT SELECT (address_problem) ON users TO talktime_billing, talktime_task;
