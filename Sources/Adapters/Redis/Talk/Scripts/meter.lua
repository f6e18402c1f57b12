-- The rule of Domain/Talk, on the state as Redis stores it. Change both together. RedisTalkScripts writes the constants of the
-- rule into the scripts: these are the names in capitals that no script defines.
--
-- A talk is a hash, tt:{sNN}:session:<id>, with the fields:
--   m  the figures that each step reads and writes: RedisTalkField has them one by one
--   u  the user's id
--   v  the number of its last change
--   n  the number of notable silences between beats, l their total (ms), g the first of them, each as
--      [metered,length,charged], separated by commas; absent until the first one
--   r  the reason of its end, t its trace as TalkBeatSummary reads it; absent until its end
--   p  the state of its care plan; absent until that is known

-- After the first beat `START_BY` is not needed any more, and holds the wall clock at the first beat.
local FIRST_BEAT = START_BY
-- Not stored: what was metered at the last beat.
local AT_BEAT = FIGURES + 1
-- The thresholds of the low warning.
local LOW = {LOW_60, LOW_15}
local prefix = string.sub(KEYS[1], 1, 9)
local now, resumed, skipped = 0, 0, 0

local function look(kept, run)
  local last, known
  if kept then
    now, last, resumed, skipped = struct.unpack(CLOCK, kept)
    known = string.sub(kept, CLOCK_SIZE + 1)
    local step = wall - last
    if step >= 0 and step <= LONGEST_STEP then
      now = now + step
    else
      resumed = now
      if step > 0 then skipped = skipped + step end
    end
    if run and run ~= known then
      known = run
      resumed = now
    elseif step == 0 then
      return
    end
  else
    now, resumed, skipped, known = wall, 0, 0, run or ''
  end
  redis.call('SET', prefix .. 'clock', struct.pack(CLOCK, now, wall, resumed, skipped) .. known)
end

local function deadline(s)
  if s[STATE] == STARTING then return math.max(s[START_BY], resumed + GAP), 'never_connected' end
  local at, reason = math.max(s[BEAT], resumed) + GAP + 1, 'gap'
  local left = s[GRANTED] - s[METERED]
  local word = 'exhausted'
  if s[FINAL] == 0 then
    left = left + s[GRACE]
    word = 'billing_unavailable'
  end
  if left <= GAP and s[BEAT] + left < at then at, reason = s[BEAT] + left, word end
  left = s[LONGEST] - s[METERED]
  if left <= GAP and s[BEAT] + left < at then at, reason = s[BEAT] + left, 'max_duration' end
  return at, reason
end

local function clamped(gap)
  if gap < 0 then return 0 end
  if gap > GAP then return GAP end
  return gap
end

local function whole(number) return string.format('%.0f', number) end

local function save(key, s) redis.call('HSET', key, 'm', struct.pack(LAYOUT, unpack(s, 1, FIGURES))) end

-- Stores the gaps for the proof of the charge: the first ones individually, all of them as a count and a total.
local function noteGap(key, s, gap)
  local count = redis.call('HINCRBY', key, 'n', 1)
  redis.call('HINCRBY', key, 'l', whole(gap))
  if count > GAPS_KEPT then return end
  local kept = redis.call('HGET', key, 'g')
  redis.call('HSET', key, 'g', (kept and kept .. ',' or '')
    .. '[' .. whole(s[METERED]) .. ',' .. whole(gap) .. ',' .. whole(clamped(gap)) .. ']')
end

local function trace(key, s)
  local kept = redis.call('HMGET', key, 'n', 'l', 'g')
  local beats = ''
  if s[BEATS] > 0 then
    beats = '"first_beat_at":' .. whole(s[FIRST_BEAT]) .. ',"last_beat_at":' .. whole(wall - now + s[BEAT]) .. ','
  end
  return '{' .. beats .. '"charged_to_last_beat_ms":' .. whole(s[AT_BEAT]) .. ',"wallet_version":' .. whole(s[VERSION])
    .. ',"gap_count":' .. (kept[1] or '0') .. ',"gap_total_ms":' .. (kept[2] or '0')
    .. ',"gaps":[' .. (kept[3] or '') .. ']}'
end

local function worth(s) return s[GRANTED] - s[METERED] + s[AVAILABLE] end

-- Publishes a change, with the next number, on the shard's channel. The channel's name is not a key, so it is not in
-- KEYS.
local function tell(key, id, user, s, kind, reason, plan)
  local number = redis.call('HINCRBY', key, 'v', 1)
  redis.call('PUBLISH', prefix .. 'changes', table.concat({
    'change', id, user, whole(number), kind, whole(s[STATE]), whole(math.max(0, worth(s))), whole(s[METERED]),
    reason or '', plan or '',
  }, ' '))
end

-- The values before a step, for news() after it: state, slice, version, the total of granted and available, what
-- remained.
local function standing(s) return {s[STATE], s[SLICE], s[VERSION], s[GRANTED] + s[AVAILABLE], worth(s)} end

local function news(key, id, user, s, before)
  local moved = before[2] > 0 and s[GRANTED] + s[AVAILABLE] - before[4] or 0
  if moved > 0 and s[VERSION] > before[3] then return tell(key, id, user, s, 'topped_up') end
  if s[STATE] == LIVE then
    local left = worth(s)
    for _, threshold in ipairs(LOW) do
      if left <= threshold and (before[1] == STARTING or before[5] > threshold) then
        return tell(key, id, user, s, 'low')
      end
    end
  end
  if moved ~= 0 then tell(key, id, user, s, 'remaining') end
end

-- Sets the state and writes the event in one step: a reader that sees the talk as ended finds its event in the stream.
local function finish(key, id, user, s, reason)
  s[STATE] = ENDED
  -- From here on the field holds what the clock skipped during the talk, instead of what it had skipped before.
  s[SKIPPED] = math.max(0, skipped - s[SKIPPED])
  s.trace = trace(key, s)
  redis.call('HSET', key, 'm', struct.pack(LAYOUT, unpack(s, 1, FIGURES)), 'r', reason, 't', s.trace)
  redis.call('ZREM', prefix .. 'deadlines', id)
  local live = prefix .. 'live:' .. user
  if redis.call('GET', live) == id then redis.call('DEL', live) end
  local event = '{"specversion":"1.0","id":"session.ended:' .. id .. '","source":"/talktime/session","type":"session.ended",'
    .. '"subject":"' .. id .. '","datacontenttype":"application/json","data":{"user_id":"' .. user
    .. '","session_id":"' .. id .. '","charged_ms":' .. whole(s[METERED]) .. ',"end_reason":"' .. reason
    .. '","forgiven_ms":' .. whole(s[SKIPPED]) .. ',"beats":' .. whole(s[BEATS]) .. ',"trace":' .. s.trace .. '}}'
  redis.call('XADD', prefix .. 'ended', '*', 'event', event)
  tell(key, id, user, s, 'ended', reason)
end

local function expired(key, id, user, s)
  local at, reason = deadline(s)
  if now < at then return nil end
  s[AT_BEAT] = s[METERED]
  if s[STATE] == LIVE and reason ~= 'gap' then s[METERED] = s[METERED] + math.max(0, at - s[BEAT]) end
  finish(key, id, user, s, reason)
  return reason
end

local function hangUp(key, id, user, s, reason)
  s[AT_BEAT] = s[METERED]
  -- If the agent has left, the time since the last beat is not charged.
  if s[STATE] == LIVE and reason ~= 'agent_ended' then s[METERED] = s[METERED] + clamped(now - s[BEAT]) end
  finish(key, id, user, s, reason)
  return reason
end

local function schedule(id, s)
  s[SCHEDULED] = deadline(s)
  redis.call('ZADD', prefix .. 'deadlines', s[SCHEDULED], id)
end

-- Returns the code, the figures of RedisTalkScriptReply as doubles in one string (cheaper than twelve values), the reason of the
-- end, the user, and for a talk that is over its trace.
local function answer(code, s, reason, user)
  local left = 0
  if s[STATE] ~= ENDED then left = math.max(0, deadline(s) - now) end
  return {
    code,
    struct.pack(REPLY, s[STATE], s[SEQ], math.max(0, worth(s)), s[METERED],
      s[GRANTED], s[AVAILABLE], s[FINAL], left, s[SLICE], s[VERSION],
      s[STATE] == ENDED and s[SKIPPED] or skipped - s[SKIPPED], s[BEATS]),
    reason or '', user or '', s.trace or '',
  }
end
