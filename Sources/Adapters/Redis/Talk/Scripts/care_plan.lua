-- Publishes the result of a care plan. A talk that the store no longer has, has no subscriptions either.
-- KEYS: session. ARGV: id, the care plan's status.
local found = redis.call('HMGET', KEYS[1], 'm', 'u', 'r', 'p')
if not found[1] or found[4] then return 0 end
redis.call('HSET', KEYS[1], 'p', ARGV[2])
tell(KEYS[1], ARGV[1], found[2], {struct.unpack(LAYOUT, found[1])}, 'care_plan', found[3], ARGV[2])
return 1
