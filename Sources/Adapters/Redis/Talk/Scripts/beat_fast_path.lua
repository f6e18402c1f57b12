-- Handles the usual beat: a live talk, a beat in time, new and within its limit, and nothing due.
-- This is the same rule once more, written inline, because most of a beat's cost in Redis is Lua. Any other beat changes
-- nothing here and continues below. KEYS and ARGV are those of beat.lua.
local kept = redis.call('MGET', KEYS[2], KEYS[3])
local dead = redis.call('HMGET', KEYS[4], ARGV[3], '*')
local found = redis.call('HMGET', KEYS[1], 'm', 'u', 'r')
if kept[1] and kept[2] and not dead[1] and not dead[2] and found[1] and found[2] == ARGV[2] then
  local now, last, resumed, skipped = struct.unpack(CLOCK, kept[1])
  local state, metered, granted, available, version, final, seq, beat, startBy, slice, grace, longest, arrival, beats,
    before, scheduled = struct.unpack(LAYOUT, found[1])
  local step, given, interval = wall - last, tonumber(ARGV[5]), tonumber(ARGV[6])
  if state == LIVE and step >= 0 and step <= LONGEST_STEP and (given < 0 or given > seq) then
    now = now + step
    local gap = now - beat
    local left = granted - metered
    local has = left + available - gap
    if final == 0 then left = left + grace end
    local due = math.max(arrival, now)
    if gap >= 0 and gap <= NOTABLE and gap < left and gap < longest - metered
      -- No warning is due: no threshold is between the values before and after.
      and (has > LOW_60 or has + gap <= LOW_60) and (has > LOW_15 or has + gap <= LOW_15)
      and (interval == 0 or due - now <= interval * (tonumber(ARGV[7]) - 1))
    then
      metered = metered + gap
      left = left - gap
      local at = math.max(now, resumed) + GAP + 1
      if left <= GAP and now + left < at then at = now + left end
      if longest - metered <= GAP and now + longest - metered < at then at = now + longest - metered end
      if at >= scheduled then
        if step > 0 then
          redis.call('SET', KEYS[2], struct.pack(CLOCK, now, wall, resumed, skipped)
            .. string.sub(kept[1], CLOCK_SIZE + 1))
        end
        if given >= 0 then seq = given end
        if interval > 0 then arrival = due + interval end
        redis.call('HSET', KEYS[1], 'm', struct.pack(LAYOUT, LIVE, metered, granted, available, version, final, seq,
          now, startBy, slice, grace, longest, arrival, beats + 1, before, scheduled))
        return {
          0,
          struct.pack(REPLY, LIVE, seq, math.max(0, granted - metered + available), metered, granted, available,
            final, math.max(0, at - now), slice, version, skipped - before, beats + 1),
        }
      end
    end
  end
end
