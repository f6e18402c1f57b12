-- Acknowledges an entry that still belongs to the consumer.
-- KEYS: the stream. ARGV: group, consumer, entry.
-- Returns 1, or 0 if the entry belongs to another consumer, or to none any more.
-- Whoever has claimed the entry meanwhile works on it, and decides about it.
local own = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])
if own.err or #own == 0 then return 0 end
return redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
