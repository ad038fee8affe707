-- Send once more, now. KEYS: record, job, due, lines, open   ARGV: prefix, id, limit a host
-- An attempt that is on its way is that new attempt.
local kept, webhook = pcall(cjson.decode, redis.call('HGET', KEYS[2], 'webhook') or '')
if not kept then return 'none' end
local host = webhook.line
redis.call('HSET', KEYS[1], 'line', host, 'tries', 0, 'forced', '1')
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[2]), 1000))
if redis.call('ZSCORE', ARGV[1] .. 'out:' .. host, ARGV[2]) then return 'ok' end
local now = moment()
redis.call('HSET', KEYS[1], 'nonce', '')
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZADD', ARGV[1] .. 'line:' .. host, now, ARGV[2])
redis.call('ZADD', KEYS[5], now, ARGV[2])
look_again(KEYS[4], ARGV[1], host, tonumber(ARGV[3]))
return 'ok'
