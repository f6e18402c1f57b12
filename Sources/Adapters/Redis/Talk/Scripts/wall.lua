local stamp = redis.call('TIME')
local wall = tonumber(stamp[1]) * 1000 + math.floor(tonumber(stamp[2]) / 1000)
