-- A token that was exchanged a moment ago gets its successor again: it is kept encrypted under a key that only the
-- exchanged token gives, so that the table alone reveals nothing.
ALTER TABLE devices
  ADD COLUMN sealed_successor bytea,
  -- The authentication methods of the sign-in (RFC 8176), separated by spaces. A refresh does not change them.
  ADD COLUMN methods text NOT NULL DEFAULT '',
  -- The network of the last sign-in or refresh, never a whole address.
  ADD COLUMN network text,
  -- Why the device was signed out; null in rows that an earlier version ended.
  ADD COLUMN ended_cause text CHECK (ended_cause IS NULL OR ended_at IS NOT NULL);

-- A device is signed out 30 days after its last refresh, and 90 days after its sign-in at the latest.
UPDATE devices SET expires_at = least(
    expires_at, coalesce(rotated_at, created_at) + interval '30 days', created_at + interval '90 days')
  WHERE ended_at IS NULL;
