-- Removes a reservation whose talk did not start. The user has not received a URL, so nothing needs to be kept.
-- KEYS: session. ARGV: id.
local found = redis.call('HMGET', KEYS[1], 'm', 'u')
if not found[1] then return 0 end
if struct.unpack(LAYOUT, found[1]) ~= STARTING then return 0 end
redis.call('ZREM', prefix .. 'deadlines', ARGV[1])
local live = prefix .. 'live:' .. found[2]
if redis.call('GET', live) == ARGV[1] then redis.call('DEL', live) end
return redis.call('DEL', KEYS[1])
