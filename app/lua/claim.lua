-- Take the lease of a queued step. KEYS: job, due, queued, claimed (newest place served)
-- ARGV: id, step, holder, nonce, lease_ms, max_attempts, started_at
local job = redis.call('HMGET', KEYS[1],
  'state', 'step', 'lease_ms', 'nonce', 'attempts', 'queued_ms')
if not job[1] then return {'gone'} end
if job[1] == 'done' or job[2] ~= ARGV[2] then return {'over'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
-- The same delivery asks again when the reply to its first claim was lost.
if job[1] == 'running' and job[4] ~= ARGV[4] then
  if tonumber(job[3]) > now then return {'busy'} end
end
if job[4] ~= ARGV[4] then
  if tonumber(job[5]) >= tonumber(ARGV[6]) then return {'exhausted'} end
  redis.call('HINCRBY', KEYS[1], 'attempts', 1)
  redis.call('HINCRBY', KEYS[1], 'token', 1)
  redis.call('HSETNX', KEYS[1], 'started_at', ARGV[7])
end
local lease = now + tonumber(ARGV[5])
redis.call('HSET', KEYS[1], 'state', 'running', 'holder', ARGV[3], 'nonce', ARGV[4],
  'lease_ms', lease, 'claimed_ms', now)
redis.call('ZADD', KEYS[2], lease, ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if tonumber(job[6]) > tonumber(redis.call('GET', KEYS[4]) or 0) then
  redis.call('SET', KEYS[4], job[6])
end
return {'ok', redis.call('HGETALL', KEYS[1])}
