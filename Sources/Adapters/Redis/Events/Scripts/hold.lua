-- Sets the idle time of those given entries that still belong to the consumer.
-- KEYS: the stream. ARGV: group, consumer, milliseconds, entries.
-- The idle time is 0 while the consumer works on them, and long when it returns them, so that others need not wait.
for i = 4, #ARGV do
  local own = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if not own.err and #own > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', ARGV[3], 'JUSTID')
  end
end
return 1
