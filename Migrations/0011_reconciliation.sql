-- How long ElevenLabs says that a conversation lasted, what its talks were charged, and what became of the difference.
ALTER TABLE conversations
  -- What signed_url holds: a URL, or the token of a WebRTC connection.
  ADD COLUMN connection text NOT NULL DEFAULT 'websocket' CHECK (connection IN ('websocket', 'webrtc')),
  -- ElevenLabs has seen somebody in it.
  ADD COLUMN opened_at timestamptz,
  -- Of when its word on the duration is; an older word is no news.
  ADD COLUMN told_at timestamptz,
  -- When it is looked at next; null while a talk of it goes on, and once nothing is open.
  ADD COLUMN check_at timestamptz,
  ADD COLUMN checks integer NOT NULL DEFAULT 0,
  ADD COLUMN reconciled_at timestamptz,
  -- All adjustments so far; below zero what was given back. Each is an entry conversation:<id>:<n> of the ledger.
  ADD COLUMN adjusted_ms bigint NOT NULL DEFAULT 0,
  ADD COLUMN adjustments integer NOT NULL DEFAULT 0,
  -- A difference that is too small to be adjusted; its user's day keeps the sum of them small.
  ADD COLUMN tolerated_ms bigint NOT NULL DEFAULT 0;
CREATE INDEX conversations_due ON conversations (check_at) WHERE check_at IS NOT NULL;
CREATE INDEX conversations_tolerated ON conversations (user_id, invited_at) WHERE tolerated_ms <> 0;
-- What was given out before is looked at too; a talk that still goes on only makes it wait.
UPDATE conversations SET check_at = clock_timestamp() WHERE closed_at IS NULL;

-- What ElevenLabs has signed and nobody here could read: an operator looks at it.
CREATE TABLE elevenlabs_webhooks (
  -- SHA-256 of the body, so that a repeat is kept once.
  digest       text PRIMARY KEY,
  received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Its first 64 KiB.
  body         bytea NOT NULL CHECK (length(body) <= 65536)
);
ALTER TABLE elevenlabs_webhooks ENABLE ROW LEVEL SECURITY;
GRANT INSERT ON elevenlabs_webhooks TO talktime_session;
CREATE POLICY session_writes ON elevenlabs_webhooks FOR INSERT TO talktime_session WITH CHECK (true);

-- The session service spends; it can never credit. Talk that is found later, and talk that was charged and never was,
-- it puts right, under the conversation's own reference.
DROP POLICY session_of_talk ON ledger;
CREATE POLICY session_of_talk ON ledger FOR INSERT TO talktime_session
  WITH CHECK ((kind IN ('hold', 'settlement', 'adjustment') AND reference LIKE 'session:%')
    OR (kind = 'adjustment' AND reference LIKE 'conversation:%'));
