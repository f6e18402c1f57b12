-- A statement that waits here for its lock holds up every later refund and every later note of an operator's action. Run
-- the migration again then.
SET LOCAL lock_timeout = '5s';

-- What one operator has done, newest first.
CREATE INDEX operator_actions_by_actor ON operator_actions (actor, id);

-- The refunds of a day. Orders have such an index by their payment.
CREATE INDEX refunds_by_end ON refunds (finished_at) WHERE finished_at IS NOT NULL;
