-- Reserves the user's slot for a talk.
-- KEYS: session. ARGV: id, user, available, version, grace, longest, take over (0 or 1).
-- Codes: 0 reserved, 1 already live (with its id), 2 took over (with the other talk's id and its former figures).
look(redis.call('GET', prefix .. 'clock'))
local id, user = ARGV[1], ARGV[2]
local live = prefix .. 'live:' .. user
local other = redis.call('GET', live)
local taken = false
if other then
  local key = prefix .. 'session:' .. other
  local found = redis.call('HMGET', key, 'm', 'u')
  if found[1] then
    local s = {struct.unpack(LAYOUT, found[1])}
    if s[STATE] ~= ENDED and not expired(key, other, user, s) then
      if ARGV[7] ~= '1' then return {1, other} end
      hangUp(key, other, user, s, 'taken_over')
      taken = true
    end
  end
end
local s = {
  STARTING, 0, 0, tonumber(ARGV[3]), tonumber(ARGV[4]), 0, 0, 0, now + RESERVATION, 0, tonumber(ARGV[5]), tonumber(ARGV[6]),
  0, 0, skipped, 0,
}
redis.call('SET', live, id)
schedule(id, s)
redis.call('HSET', KEYS[1], 'm', struct.pack(LAYOUT, unpack(s, 1, FIGURES)), 'u', user)
if taken then return {2, other} end
return {0, ''}
