-- Sets the idle time of those given entries that still belong to the consumer.
-- KEYS: the stream.
-- ARGV: group, consumer, milliseconds, the entry whose attempt is given back or '', the mark of again.lua, entries.
-- The idle time is 0 while the consumer works on them, and long when it returns them, so that others need not wait.
-- An attempt that a shutdown has cut off is no failure of the entry, so it is not counted. Neither is one that a store
-- that is away has ended.
local mark = tonumber(ARGV[5])
for i = 6, #ARGV do
  local own = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if not own.err and #own > 0 then
    local attempts = own[1][4]
    if ARGV[i] == ARGV[4] and attempts > 0 and attempts ~= mark then attempts = attempts - 1 end
    redis.call(
      'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', ARGV[3], 'RETRYCOUNT', attempts, 'JUSTID')
  end
end
return 1
