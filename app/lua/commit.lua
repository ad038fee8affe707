-- End a job, once: state and result for whoever holds the lease. KEYS: job, due, queued, result
-- ARGV: id, token, meta, ttl_seconds
local job = redis.call('HMGET', KEYS[1], 'state', 'token')
if job[1] == 'done' and job[2] == ARGV[2] then return 'ok' end -- the first reply was lost
if job[1] ~= 'running' or job[2] ~= ARGV[2] then return 'fenced' end
redis.call('HSET', KEYS[1], 'state', 'done')
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('SET', KEYS[4], ARGV[3], 'EX', ARGV[4])
redis.call('PUBLISH', KEYS[4], ARGV[3])
return 'ok'
