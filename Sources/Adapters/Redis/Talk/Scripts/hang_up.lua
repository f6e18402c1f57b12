-- Ends a talk.
-- KEYS: session. ARGV: id, user or '' for a talk of any user, reason. Codes: 1 not found, 2 ended (now or before).
look(redis.call('GET', prefix .. 'clock'))
local found = redis.call('HMGET', KEYS[1], 'm', 'u', 'r', 't')
if not found[1] or (ARGV[2] ~= '' and found[2] ~= ARGV[2]) then return {1} end
local s = {struct.unpack(LAYOUT, found[1])}
s.trace = found[4] or nil
if s[STATE] == ENDED then return answer(2, s, found[3], found[2]) end
local reason = expired(KEYS[1], ARGV[1], found[2], s) or hangUp(KEYS[1], ARGV[1], found[2], s, ARGV[3])
return answer(2, s, reason, found[2])
