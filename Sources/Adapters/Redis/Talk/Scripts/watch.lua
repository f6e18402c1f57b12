-- Reads a talk for a subscription, and counts the subscription among the user's.
-- KEYS: session. ARGV: id, user, device, issued at, subscription or '' to read only, the most subscriptions of a user,
-- the subscription that this one replaces or '', the seconds after which the subscriptions expire.
-- Codes: 0 found, 1 not found, 2 ended, 4 revoked, 5 the copy of the revocations is missing.
-- Then the values of answer(), the number of the last change, and the care plan's status.
local id, user, watcher = ARGV[1], ARGV[2], ARGV[5]
if redis.call('EXISTS', prefix .. 'revocations') == 0 then return {5} end
local dead = redis.call('HMGET', prefix .. 'revoked:' .. user, ARGV[3], '*')
if dead[1] or (dead[2] and tonumber(dead[2]) >= tonumber(ARGV[4])) then return {4} end
look(redis.call('GET', prefix .. 'clock'))
local found = redis.call('HMGET', KEYS[1], 'm', 'u', 'r', 'p')
if not found[1] or found[2] ~= user then return {1} end
if watcher ~= '' then
  local watchers = prefix .. 'watchers:' .. user
  if ARGV[7] ~= '' then redis.call('ZREM', watchers, ARGV[7]) end
  local newest = redis.call('ZREVRANGE', watchers, 0, 0, 'WITHSCORES')
  redis.call('ZADD', watchers, tonumber(newest[2] or 0) + 1, watcher)
  -- Longer than any subscription lasts. Subscriptions of an instance that was killed expire then.
  redis.call('EXPIRE', watchers, ARGV[8])
  local over = redis.call('ZCARD', watchers) - tonumber(ARGV[6])
  if over > 0 then
    for _, other in ipairs(redis.call('ZRANGE', watchers, 0, over - 1)) do
      redis.call('PUBLISH', prefix .. 'changes', 'replaced ' .. other)
    end
    redis.call('ZREMRANGEBYRANK', watchers, 0, over - 1)
  end
end
local s = {struct.unpack(LAYOUT, found[1])}
local reason = found[3]
if s[STATE] ~= ENDED then reason = expired(KEYS[1], id, user, s) end
local told = answer(s[STATE] == ENDED and 2 or 0, s, reason)
told[6], told[7] = redis.call('HGET', KEYS[1], 'v') or '0', found[4] or ''
return told
