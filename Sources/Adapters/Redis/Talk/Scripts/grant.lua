-- Records a grant of talk time.
-- KEYS: session. ARGV: id, cumulative, slice, version, available, final (0 or 1).
-- Codes: 0 recorded, 1 not found, 2 ended.
look(redis.call('GET', prefix .. 'clock'))
local found = redis.call('HMGET', KEYS[1], 'm', 'u', 'r', 't')
if not found[1] then return {1} end
local id = ARGV[1]
local s = {struct.unpack(LAYOUT, found[1])}
s.trace = found[4] or nil
if s[STATE] == ENDED then return answer(2, s, found[3], found[2]) end
local reason = expired(KEYS[1], id, found[2], s)
if reason then return answer(2, s, reason, found[2]) end
local before = standing(s)
s[GRANTED] = math.max(s[GRANTED], tonumber(ARGV[2]))
s[SLICE] = math.max(s[SLICE], tonumber(ARGV[3]))
if s[STATE] == STARTING and ARGV[3] == '1' then s[START_BY] = math.max(s[START_BY], now + CONNECTION) end
if tonumber(ARGV[4]) >= s[VERSION] then
  s[VERSION] = tonumber(ARGV[4])
  s[AVAILABLE] = tonumber(ARGV[5])
  s[FINAL] = tonumber(ARGV[6])
end
schedule(id, s)
save(KEYS[1], s)
news(KEYS[1], id, found[2], s, before)
return answer(0, s, nil, found[2])
