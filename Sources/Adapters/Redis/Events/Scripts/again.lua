-- Counts one more attempt at an entry that was delivered before.
-- KEYS: the stream. ARGV: group, consumer, entry.
-- Returns the number of attempts before this one, or -1 if the entry does not belong to the consumer any more.
-- A group delivers many entries at once, and a consumer may die of the first of them. So not the deliveries are counted
-- but the attempts.
local own = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])
if own.err or #own == 0 then return -1 end
local before = own[1][4]
redis.call(
  'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'IDLE', 0, 'RETRYCOUNT', before + 1, 'JUSTID')
return before
