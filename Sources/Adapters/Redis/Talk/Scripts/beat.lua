-- Records a beat.
-- KEYS: session, clock, revocations, revoked:<user>. ARGV: id, user, device, issued at, seq or -1, interval, burst.
-- The part before this one has read `kept`, `dead` and `found`.
-- Codes: 0 accepted, 1 not found, 2 ended, 3 limited, 4 revoked, 5 the copy of the revocations is missing.
if not kept[2] then return {5} end
if dead[1] or (dead[2] and tonumber(dead[2]) >= tonumber(ARGV[4])) then return {4} end
local id, user = ARGV[1], ARGV[2]
if not found[1] or found[2] ~= user then return {1} end
look(kept[1])
local s = {struct.unpack(LAYOUT, found[1])}
if s[STATE] == ENDED then return answer(2, s, found[3]) end
local reason = expired(KEYS[1], id, user, s)
if reason then return answer(2, s, reason) end
local seq = tonumber(ARGV[5])
if seq >= 0 and seq <= s[SEQ] then return answer(0, s) end
local interval = tonumber(ARGV[6])
if interval > 0 then
  local due = math.max(s[ARRIVAL], now)
  if due - now > interval * (tonumber(ARGV[7]) - 1) then return answer(3, s) end
  s[ARRIVAL] = due + interval
end
local before = standing(s)
if s[STATE] == LIVE then
  local gap = now - s[BEAT]
  if gap > NOTABLE then noteGap(KEYS[1], s, gap) end
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
save(KEYS[1], s)
news(KEYS[1], id, user, s, before)
return answer(0, s)
