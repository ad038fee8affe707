-- Look at one job whose lease should have ended. KEYS: job, due
-- ARGV: id, max_attempts, retry_ms, queued prefix
-- Returns what to do: nothing, publish, exhausted or cancelled; with the record.
local job = redis.call('HMGET', KEYS[1], 'state', 'lease_ms', 'attempts', 'cancel', 'queue')
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if job[1] ~= 'running' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return {'nothing'}
end
local lease = tonumber(job[2])
if lease > now then
  redis.call('ZADD', KEYS[2], lease, ARGV[1])
  return {'nothing'}
end
-- Whoever asked may die before it acts: the job comes up again.
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[3]), ARGV[1])
if job[4] == '1' then return {'cancelled', redis.call('HGETALL', KEYS[1])} end
if tonumber(job[3]) >= tonumber(ARGV[2]) then
  return {'exhausted', redis.call('HGETALL', KEYS[1])}
end
redis.call('HSET', KEYS[1], 'state', 'queued', 'queued_ms', now, 'published_ms', now)
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', ARGV[4] .. job[5], now, ARGV[1])
return {'publish', redis.call('HGETALL', KEYS[1])}
