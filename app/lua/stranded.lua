-- Find jobs whose message was lost between Redis and a worker: published a while ago, and either
-- no message waits in the queue any more or a job that came later was served before.
-- KEYS: queued, due, claimed, queue list   ARGV: job prefix, patience_ms, how many to look at
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local empty = redis.call('LLEN', KEYS[4]) == 0
local served = tonumber(redis.call('GET', KEYS[3]) or 0)
local found = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[3] - 1)) do
  local job = redis.call('HMGET', ARGV[1] .. id, 'state', 'published_ms', 'queued_ms')
  if job[1] ~= 'queued' then
    redis.call('ZREM', KEYS[1], id)
  elseif tonumber(job[2]) > 0 and now - tonumber(job[2]) > tonumber(ARGV[2])
      and (empty or tonumber(job[3]) < served) then
    redis.call('HSET', ARGV[1] .. id, 'published_ms', 0)
    redis.call('ZADD', KEYS[2], now, id)
    found = found + 1
  end
end
return found
