-- When its signed-in user linked the account with Google. Null where no one did: the account was created through Google,
-- or Google proved the address. A reset of the password takes a recent link back.
ALTER TABLE users ADD COLUMN google_linked_at timestamptz;
