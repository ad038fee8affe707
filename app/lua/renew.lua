-- Renew a lease, and publish progress where some is given. KEYS: job, due, result
-- ARGV: id, token, lease_ms, meta ('' for none)
local job = redis.call('HMGET', KEYS[1], 'state', 'token', 'cancel')
if job[1] ~= 'running' or job[2] ~= ARGV[2] then return 'fenced' end
if job[3] == '1' then return 'cancelled' end
local t = redis.call('TIME')
local lease = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'lease_ms', lease)
redis.call('ZADD', KEYS[2], lease, ARGV[1])
if ARGV[4] ~= '' then
  redis.call('SET', KEYS[3], ARGV[4])
  redis.call('PUBLISH', KEYS[3], ARGV[4])
end
return 'ok'
