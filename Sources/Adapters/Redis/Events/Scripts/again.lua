-- Counts one more attempt at an entry that was delivered before.
-- KEYS: the stream. ARGV: group, consumer, entry, the mark.
-- Returns the number of attempts before this one, or -1 if the entry does not belong to the consumer any more.
-- A group delivers many entries at once, and a consumer may die of the first of them. So not the deliveries are counted
-- but the attempts.
local own = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])
if own.err or #own == 0 then return -1 end
-- From the mark on, the entry's counter holds attempts. Below it, it holds deliveries, and at most one of them was an
-- attempt for sure: the release before delivered whole pages again and again.
local mark = tonumber(ARGV[4])
local before = own[1][4]
if before < mark then before = math.min(before, 1) else before = before - mark end
redis.call(
  'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'IDLE', 0, 'RETRYCOUNT', mark + before + 1, 'JUSTID')
return before
