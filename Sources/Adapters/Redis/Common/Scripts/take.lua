-- Takes one request from a rate limit.
-- KEYS: the limit's key. ARGV: microseconds between two requests, burst.
-- GCRA: one number for each subject, which expires when it has no effect any more. The number is in whole microseconds,
-- because a rounded one would refuse the last request of a burst.
-- Returns: allowed, how many are left, milliseconds until one more is, milliseconds until the request
-- may be made.
local stamp = redis.call('TIME')
local now = tonumber(stamp[1]) * 1000000 + tonumber(stamp[2])
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = arrival - now - interval * (burst - 1)
if wait > 0 then return {0, 0, math.ceil(wait / 1000), math.ceil(wait / 1000)} end
arrival = arrival + interval
local used = arrival - now
local full = math.ceil(used / 1000)
local left = math.floor((interval * burst - used) / interval)
redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', full + 1)
return {1, left, math.ceil((used - interval * (burst - left - 1)) / 1000), 0}
