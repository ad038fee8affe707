-- Look at one job that is due. KEYS: job, due   ARGV: id, max_attempts, retry_ms, queued prefix
-- Returns what to do: nothing, publish, exhausted or cancelled; with the record.
local job = redis.call('HMGET', KEYS[1], 'state', 'lease_ms', 'attempts', 'cancel', 'queue')
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if not job[1] or job[1] == 'done' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return {'nothing'}
end
local next_look = now + tonumber(ARGV[3])
if job[1] == 'running' then
  local lease = tonumber(job[2])
  if lease > now then
    redis.call('ZADD', KEYS[2], lease, ARGV[1])
    return {'nothing'}
  end
  redis.call('ZADD', KEYS[2], next_look, ARGV[1])
  if job[4] == '1' then return {'cancelled', redis.call('HGETALL', KEYS[1])} end
  if tonumber(job[3]) >= tonumber(ARGV[2]) then
    return {'exhausted', redis.call('HGETALL', KEYS[1])}
  end
  redis.call('HSET', KEYS[1], 'state', 'queued', 'queued_ms', now, 'published_ms', 0)
  redis.call('ZADD', ARGV[4] .. job[5], now, ARGV[1])
end
redis.call('ZADD', KEYS[2], next_look, ARGV[1])
return {'publish', redis.call('HGETALL', KEYS[1])}
