-- What an operator may do, beside the scope `operator`, without which a role gives nothing. Operators from before may do
-- everything, as they could.
ALTER TABLE users ADD COLUMN operator_role text CHECK (operator_role IN ('support', 'finance', 'admin'));
UPDATE users SET operator_role = 'admin' WHERE 'operator' = ANY(string_to_array(scope, ' '));

-- What an operator with a daily cap has granted and refunded on the last day on which there was either, one row for each.
-- It is counted in the transaction of the grant or the refund.
CREATE TABLE operator_daily_use (
  actor           uuid PRIMARY KEY,
  -- In UTC.
  day             date NOT NULL,
  granted_ms      bigint NOT NULL DEFAULT 0 CHECK (granted_ms >= 0),
  refunded_paise  bigint NOT NULL DEFAULT 0 CHECK (refunded_paise >= 0)
);
ALTER TABLE operator_daily_use ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON operator_daily_use TO talktime_billing;
CREATE POLICY billing_all ON operator_daily_use TO talktime_billing USING (true) WITH CHECK (true);
