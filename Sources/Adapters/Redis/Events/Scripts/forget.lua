-- Deletes the consumers that have no entries and have not read for the given time.
-- KEYS: the stream. ARGV: group, milliseconds, consumer or '' for all.
-- A consumer with entries is kept, because its entries would be lost with it; they are claimed first.
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if consumers.err then return 0 end
local forgotten = 0
for _, words in ipairs(consumers) do
  local fields = {}
  for i = 1, #words, 2 do fields[words[i]] = words[i + 1] end
  if fields.pending == 0 and fields.idle >= tonumber(ARGV[2]) and (ARGV[3] == '' or fields.name == ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], fields.name)
    forgotten = forgotten + 1
  end
end
return forgotten
