-- An attempt whose password was not compared is taken back, also the only one of a row.
ALTER TABLE password_attempts DROP CONSTRAINT password_attempts_in_a_row_check,
  ADD CONSTRAINT password_attempts_in_a_row_check CHECK (in_a_row >= 0);
-- Rows with few attempts are kept for a day only.
CREATE INDEX password_attempts_few_by_age ON password_attempts (last_at) WHERE in_a_row <= 3;
