-- Hand a job on to its next step. KEYS: job, due, queued (of the next queue), result
-- ARGV: id, token, step, queue, payload, meta
local job = redis.call('HMGET', KEYS[1], 'state', 'token', 'step')
if job[1] == 'queued' and job[2] == ARGV[2] and job[3] == ARGV[3] then return 'ok' end
if job[1] ~= 'running' or job[2] ~= ARGV[2] then return 'fenced' end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[1], 'state', 'queued', 'step', ARGV[3], 'queue', ARGV[4],
  'payload', ARGV[5], 'attempts', 0, 'lease_ms', 0, 'queued_ms', now, 'published_ms', now)
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[3], now, ARGV[1])
redis.call('SET', KEYS[4], ARGV[6])
redis.call('PUBLISH', KEYS[4], ARGV[6])
return 'ok'
