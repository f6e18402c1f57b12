-- Reads a talk.
-- KEYS: session. ARGV: id. Codes: 0 found, 1 not found, 2 ended.
-- For a live talk it also returns the time since the last beat, and the first beat by the wall clock.
look(redis.call('GET', prefix .. 'clock'))
local found = redis.call('HMGET', KEYS[1], 'm', 'u', 'r', 't')
if not found[1] then return {1} end
local s = {struct.unpack(LAYOUT, found[1])}
s.trace = found[4] or nil
if s[STATE] == ENDED then return answer(2, s, found[3], found[2]) end
local reason = expired(KEYS[1], ARGV[1], found[2], s)
if reason then return answer(2, s, reason, found[2]) end
local told = answer(0, s, nil, found[2])
if s[STATE] == LIVE then told[6], told[7] = whole(now - s[BEAT]), whole(s[FIRST_BEAT]) end
return told
