-- Removes the markers of a copy of the revocations that was completed in another run of Redis: what this run was
-- started from may be older than the copy was. A service runs this on each new connection before anything else, so that
-- it never trusts such a copy. A connection does not outlive the run.
-- KEYS: the marker of each shard.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
for _, marker in ipairs(KEYS) do
  local kept = redis.call('GET', marker)
  if kept and kept ~= run then redis.call('DEL', marker) end
end
return 1
