-- Adds revocations to the copy and publishes the new ones to subscribers. REVOKED_TTL is written in front of the script.
-- KEYS: the shard's marker. ARGV: 1 if this is the complete copy of the shard, then key, field and cutoff for each one.
-- The order does not matter, because the latest cutoff of a field is kept.
local prefix = string.sub(KEYS[1], 1, 9)
for i = 2, #ARGV, 3 do
  local known = tonumber(redis.call('HGET', ARGV[i], ARGV[i + 1]) or 0)
  if tonumber(ARGV[i + 2]) > known then
    redis.call('HSET', ARGV[i], ARGV[i + 1], ARGV[i + 2])
    if ARGV[1] ~= '1' then
      local user = string.sub(ARGV[i], #prefix + #'revoked:' + 1)
      redis.call('PUBLISH', prefix .. 'changes', 'revoked ' .. user .. ' ' .. ARGV[i + 1] .. ' ' .. ARGV[i + 2])
    end
  end
  redis.call('EXPIRE', ARGV[i], REVOKED_TTL)
end
-- The marker names the run of Redis that the copy was completed in: drop_foreign_markers.lua compares it.
if ARGV[1] == '1' then
  redis.call('SET', KEYS[1], string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'))
end
return 1
