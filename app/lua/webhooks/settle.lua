-- Write down what became of an attempt. KEYS: record, job, log, lines, open
-- ARGV: prefix, id, line, nonce, row ('' for none), pause_ms ('' at the end), rows kept, limit
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[4] then return 'fenced' end
local ttl = math.max(redis.call('PTTL', KEYS[2]), 1000)
if ARGV[5] ~= '' then
  redis.call('RPUSH', KEYS[3], ARGV[5])
  redis.call('LTRIM', KEYS[3], -ARGV[7], -1)
  redis.call('PEXPIRE', KEYS[3], ttl)
end
redis.call('HSET', KEYS[1], 'nonce', '', 'forced', '')
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('ZREM', ARGV[1] .. 'out:' .. ARGV[3], ARGV[2])
if ARGV[6] == '' then
  redis.call('ZREM', KEYS[5], ARGV[2])
else
  redis.call('ZADD', ARGV[1] .. 'line:' .. ARGV[3], moment() + ARGV[6], ARGV[2])
end
look_again(KEYS[4], ARGV[1], ARGV[3], tonumber(ARGV[8]))
return 'ok'
