-- Records beats of one shard, in their order.
-- KEYS: clock, revocations, for each beat revoked:<user>, for each beat its session. ARGV: interval, burst, then for each
-- beat its device, issued at, and seq or -1.
-- Returns for each beat the figures of the accepted one as a string, or a list as answer() makes it, with the code 0
-- accepted, 1 not found, 2 ended, 3 limited, 4 revoked, 5 the copy of the revocations is missing.
-- The part before this one has read `kept`, has replied to the usual beats, and has numbered the others in `slow`.
local function record(key, revoked, device, issued, seq)
  if not kept[2] then return {5} end
  local dead = call('HMGET', revoked, device, '*')
  if dead[1] or (dead[2] and tonumber(dead[2]) >= tonumber(issued)) then return {4} end
  local id, user = string.sub(key, SESSION_PLACE), string.sub(revoked, USER_PLACE)
  local found = call('HMGET', key, 'm', 'u', 'r')
  if not found[1] or found[2] ~= user then return {1} end
  look(call('GET', KEYS[1]))
  local s = {struct.unpack(LAYOUT, found[1])}
  if s[STATE] == ENDED then return answer(2, s, found[3]) end
  local reason = expired(key, id, user, s)
  if reason then return answer(2, s, reason) end
  if seq >= 0 and seq <= s[SEQ] then return answer(0, s) end
  local interval = tonumber(ARGV[1])
  if interval > 0 then
    local due = math.max(s[ARRIVAL], now)
    if due - now > interval * (tonumber(ARGV[2]) - 1) then return answer(3, s) end
    s[ARRIVAL] = due + interval
  end
  local before = standing(s)
  if s[STATE] == LIVE then
    local gap = now - s[BEAT]
    if gap > NOTABLE then noteGap(key, s, gap) end
    s[METERED] = s[METERED] + clamped(gap)
  else
    s[FIRST_BEAT] = wall
  end
  s[STATE] = LIVE
  s[BEAT] = now
  if seq >= 0 then s[SEQ] = seq end
  s[BEATS] = s[BEATS] + 1
  -- A beat usually moves the deadline later. The tick at the old deadline then computes the new one.
  if deadline(s) < s[SCHEDULED] then schedule(id, s) end
  save(key, s)
  news(key, id, user, s, before)
  return answer(0, s)
end

for _, i in ipairs(slow) do
  replies[i] = record(KEYS[count + 2 + i], KEYS[i + 2], ARGV[3 * i], ARGV[3 * i + 1], tonumber(ARGV[3 * i + 2]))
end
return replies
