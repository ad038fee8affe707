-- Find jobs without a message: the gateway died before it sent one, or Redis gave it to a worker
-- that died. Such a job was published a while ago (or meant to be), and either no message waits in
-- the queue any more or a job that came later was served before it.
-- KEYS: queued, claimed, queue list   ARGV: job prefix, patience_ms, how many to look at
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local empty = redis.call('LLEN', KEYS[3]) == 0
local served = tonumber(redis.call('GET', KEYS[2]) or 0)
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[3] - 1)) do
  local job = redis.call('HMGET', ARGV[1] .. id, 'state', 'published_ms', 'queued_ms')
  if job[1] ~= 'queued' then
    redis.call('ZREM', KEYS[1], id)
  elseif now - tonumber(job[2]) > tonumber(ARGV[2]) and (empty or tonumber(job[3]) < served) then
    redis.call('HSET', ARGV[1] .. id, 'published_ms', now)
    found[#found + 1] = redis.call('HGETALL', ARGV[1] .. id)
  end
end
return found
