-- Publishes the result of a care plan, if it is the first or better than the one before (CarePlanResult.isNews). A talk
-- that the store no longer has, has no subscriptions either.
-- KEYS: session. ARGV: id, the care plan's status.
local RANKS = {failed = 1, skipped = 2, ready = 3}
local found = redis.call('HMGET', KEYS[1], 'm', 'u', 'r', 'p')
if not found[1] then return 0 end
if found[4] and (RANKS[ARGV[2]] or 0) <= (RANKS[found[4]] or 0) then return 0 end
redis.call('HSET', KEYS[1], 'p', ARGV[2])
tell(KEYS[1], ARGV[1], found[2], {struct.unpack(LAYOUT, found[1])}, 'care_plan', found[3], ARGV[2])
return 1
