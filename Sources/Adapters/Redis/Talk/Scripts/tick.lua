-- Ends the talks that are due. KEYS: deadlines. ARGV: the store's run id, the most talks to end. Returns how many
-- ended.
look(redis.call('GET', prefix .. 'clock'), ARGV[1])
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, tonumber(ARGV[2]))
local ended = 0
for _, id in ipairs(due) do
  local key = prefix .. 'session:' .. id
  local found = redis.call('HMGET', key, 'm', 'u')
  if not found[1] then
    redis.call('ZREM', KEYS[1], id)
  else
    local s = {struct.unpack(LAYOUT, found[1])}
    if s[STATE] == ENDED then
      redis.call('ZREM', KEYS[1], id)
    elseif expired(key, id, found[2], s) then
      ended = ended + 1
    else
      schedule(id, s)
      save(key, s)
    end
  end
end
return {ended, #due}
