-- A code that proves a signed-in user's identity once more. Its mail has no link.
ALTER TABLE account_links DROP CONSTRAINT account_links_purpose_check;
ALTER TABLE account_links ADD CONSTRAINT account_links_purpose_check
  CHECK (purpose IN ('verify-email', 'reset-password', 'change-email', 'undo-email-change', 'reauthenticate'));
