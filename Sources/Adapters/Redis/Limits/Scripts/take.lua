-- KEYS: the limit's key. ARGV: milliseconds between two requests, burst. GCRA: one number a subject, kept as long as it
-- says anything. Answers allowed, how many are left, milliseconds until all are, milliseconds until the next.
local stamp = redis.call('TIME')
local now = tonumber(stamp[1]) * 1000 + math.floor(tonumber(stamp[2]) / 1000)
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = arrival - now - interval * (burst - 1)
if wait > 0 then return {0, 0, math.ceil(arrival - now), math.ceil(wait)} end
arrival = arrival + interval
redis.call('SET', KEYS[1], string.format('%.3f', arrival), 'PX', math.ceil(arrival - now) + 1)
return {1, math.floor((interval * burst - (arrival - now)) / interval), math.ceil(arrival - now), 0}
