-- KEYS: the limit's key. ARGV: microseconds between two requests, burst. GCRA: one number a subject, kept as long as it
-- says anything; whole microseconds, since a rounded one would refuse the last of a burst. Answers allowed, how many are
-- left, milliseconds until all are, milliseconds until the next.
local stamp = redis.call('TIME')
local now = tonumber(stamp[1]) * 1000000 + tonumber(stamp[2])
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = arrival - now - interval * (burst - 1)
if wait > 0 then return {0, 0, math.ceil((arrival - now) / 1000), math.ceil(wait / 1000)} end
arrival = arrival + interval
local full = math.ceil((arrival - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', arrival), 'PX', full + 1)
return {1, math.floor((interval * burst - (arrival - now)) / interval), full, 0}
