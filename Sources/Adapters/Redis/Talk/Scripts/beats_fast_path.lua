-- Handles the usual beats of one shard in one call: live talks, beats in time, new and within their limit, and nothing
-- due. This is the same rule once more, written inline, because most of a beat's cost in Redis is Lua. Any other beat
-- changes nothing here and continues below. KEYS and ARGV are those of beats.lua.
local call = redis.call
local kept = call('MGET', KEYS[1], KEYS[2])
local count = (#KEYS - 2) / 2
local replies, slow = {}, {}
do
  -- Hardly any user has revocations, so one look at all the keys saves a look at each.
  local isRevoked = call('EXISTS', unpack(KEYS, 3, count + 2)) > 0
  local now, last, resumed, skipped, step = 0, 0, 0, 0, -1
  if kept[1] and kept[2] then
    now, last, resumed, skipped = struct.unpack(CLOCK, kept[1])
    step = wall - last
  end
  local isUsable, isCharged = step >= 0 and step <= LONGEST_STEP, false
  now = now + step
  local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
  -- The talks with a beat that continues below: what follows it continues there, too, so that their order stays.
  local late
  for i = 1, count do
    local key = KEYS[count + 2 + i]
    local found = call('HMGET', key, 'm', 'u')
    local dead = isRevoked and call('HMGET', KEYS[i + 2], ARGV[3 * i], '*')
    if isUsable and found[1] and found[2] == string.sub(KEYS[i + 2], USER_PLACE)
      and not (dead and (dead[1] or dead[2])) and not (late and late[key])
    then
      local state, metered, granted, available, version, final, seq, beat, startBy, slice, grace, longest, arrival, beats,
        before, scheduled = struct.unpack(LAYOUT, found[1])
      local given, gap = tonumber(ARGV[3 * i + 2]), now - beat
      local left = granted - metered
      local has = left + available - gap
      if final == 0 then left = left + grace end
      local due = arrival > now and arrival or now
      if state == LIVE and (given < 0 or given > seq)
        and gap >= 0 and gap <= NOTABLE and gap < left and gap < longest - metered
        -- No warning is due: no threshold is between the values before and after.
        and (has > LOW_60 or has + gap <= LOW_60) and (has > LOW_15 or has + gap <= LOW_15)
        and (interval == 0 or due - now <= interval * (burst - 1))
      then
        metered = metered + gap
        left = left - gap
        local at = (now > resumed and now or resumed) + GAP + 1
        if left <= GAP and now + left < at then at = now + left end
        if longest - metered <= GAP and now + longest - metered < at then at = now + longest - metered end
        if at >= scheduled then
          if step > 0 and not isCharged then
            call('SET', KEYS[1], struct.pack(CLOCK, now, wall, resumed, skipped) .. string.sub(kept[1], CLOCK_SIZE + 1))
          end
          isCharged = true
          if given >= 0 then seq = given end
          if interval > 0 then arrival = due + interval end
          call('HSET', key, 'm', struct.pack(LAYOUT, LIVE, metered, granted, available, version, final, seq,
            now, startBy, slice, grace, longest, arrival, beats + 1, before, scheduled))
          local rest = granted - metered + available
          replies[i] = struct.pack(REPLY, LIVE, seq, rest > 0 and rest or 0, metered, granted, available,
            final, at > now and at - now or 0, slice, version, skipped - before, beats + 1)
        end
      end
    end
    if not replies[i] then
      replies[i] = false
      slow[#slow + 1] = i
      late = late or {}
      late[key] = true
    end
  end
end
if #slow == 0 then return replies end
