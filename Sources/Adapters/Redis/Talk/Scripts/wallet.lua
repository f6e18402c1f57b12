-- Records a change of the user's wallet.
-- KEYS: live:<user>. ARGV: user, version, available, frozen (0 or 1). Codes: 0 recorded, 1 no talk, 2 ended.
look(redis.call('GET', prefix .. 'clock'))
local id, user = redis.call('GET', KEYS[1]), ARGV[1]
if not id then return {1} end
local key = prefix .. 'session:' .. id
local kept = redis.call('HGET', key, 'm')
if not kept then return {1} end
local s = {struct.unpack(LAYOUT, kept)}
if s[STATE] == ENDED then return {1} end
local reason = expired(key, id, user, s)
if reason then return answer(2, s, reason, user) end
if tonumber(ARGV[2]) > s[VERSION] then
  if ARGV[4] == '1' then return answer(2, s, hangUp(key, id, user, s, 'frozen'), user) end
  local before = standing(s)
  s[VERSION] = tonumber(ARGV[2])
  s[AVAILABLE] = tonumber(ARGV[3])
  if s[AVAILABLE] > 0 then s[FINAL] = 0 end
  schedule(id, s)
  save(key, s)
  news(key, id, user, s, before)
end
return answer(0, s, nil, user)
