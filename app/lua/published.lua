-- Note that the message of the current step was sent. KEYS: job, due   ARGV: id, step
if redis.call('HGET', KEYS[1], 'step') ~= ARGV[2] then return 0 end
if redis.call('HGET', KEYS[1], 'state') ~= 'queued' then return 0 end
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'published_ms', t[1] * 1000 + math.floor(t[2] / 1000))
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
