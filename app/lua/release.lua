-- End the lease of a worker whose child died. KEYS: job, due   ARGV: id, step, holder
local job = redis.call('HMGET', KEYS[1], 'state', 'step', 'holder')
if job[1] ~= 'running' or job[2] ~= ARGV[2] or job[3] ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'lease_ms', 0)
redis.call('ZADD', KEYS[2], 0, ARGV[1])
return 1
