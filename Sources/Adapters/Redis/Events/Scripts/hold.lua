-- KEYS: the stream. ARGV: group, consumer, milliseconds, entries. Of the entries that are the consumer's still, says how
-- long they have been idle: 0 while it works on them, much when it gives them back, so that others need not wait.
for i = 4, #ARGV do
  local own = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2])
  if not own.err and #own > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'IDLE', ARGV[3], 'JUSTID')
  end
end
return 1
