-- Take one delivery upon oneself. KEYS: record, job, result   ARGV: prefix, id, nonce, lease_ms
-- The same delivery asks again when the reply to its first claim was lost.
local record = redis.call('HMGET', KEYS[1], 'line', 'nonce')
local out = ARGV[1] .. 'out:' .. (record[1] or '')
if not redis.call('ZSCORE', out, ARGV[2]) then return {'over'} end
if record[2] ~= '' and record[2] ~= ARGV[3] then return {'busy'} end
local webhook, meta = redis.call('HGET', KEYS[2], 'webhook'), redis.call('GET', KEYS[3])
if not webhook or not meta then return {'over'} end
redis.call('ZADD', out, moment() + ARGV[4], ARGV[2])
if record[2] == '' then
  redis.call('HINCRBY', KEYS[1], 'attempt', 1)
  redis.call('HINCRBY', KEYS[1], 'tries', 1)
  redis.call('HSET', KEYS[1], 'nonce', ARGV[3])
end
local counts = redis.call('HMGET', KEYS[1], 'attempt', 'tries', 'forced')
return {'ok', record[1], counts[1], counts[2], counts[3] or '', webhook, meta}
