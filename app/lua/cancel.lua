-- Cancel a job: at once while it is queued, by a flag while it runs. KEYS: job, due, queued, result
-- ARGV: id, meta, ttl_seconds
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return 'gone' end
if state == 'done' then return 'done' end
redis.call('HSET', KEYS[1], 'cancel', '1')
if state == 'running' then return 'running' end
redis.call('HSET', KEYS[1], 'state', 'done')
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('SET', KEYS[4], ARGV[2], 'EX', ARGV[3])
redis.call('PUBLISH', KEYS[4], ARGV[2])
return 'cancelled'
