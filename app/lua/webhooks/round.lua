-- Take what is due: ended jobs into their hosts' lines, and of each line what may be sent now.
-- KEYS: due, lines, open, queue list   ARGV: prefix, job prefix, room, limit a host, lease_ms
local prefix, limit, lease = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5])
local now = moment()
local ended = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, 500, 'WITHSCORES')
for i = 1, #ended, 2 do
  local id, job = ended[i], ARGV[2] .. ended[i]
  local kept, webhook = pcall(cjson.decode, redis.call('HGET', job, 'webhook') or '')
  if kept then
    local record = prefix .. 'job:' .. id
    redis.call('HSET', record, 'line', webhook.line, 'nonce', '')
    redis.call('PEXPIRE', record, math.max(redis.call('PTTL', job), 1000))
    redis.call('ZADD', prefix .. 'line:' .. webhook.line, ended[i + 1], id)
    redis.call('ZADD', KEYS[3], ended[i + 1], id)
    look_again(KEYS[2], prefix, webhook.line, limit)
  end
  redis.call('ZREM', KEYS[1], id)
end
local room = tonumber(ARGV[3]) - redis.call('LLEN', KEYS[4])
local taken = {}
for _, host in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, 500)) do
  if room <= 0 then break end
  local line, out = prefix .. 'line:' .. host, prefix .. 'out:' .. host
  for _, id in ipairs(redis.call('ZRANGE', out, '-inf', now, 'BYSCORE')) do
    redis.call('ZREM', out, id) -- whoever had it is dead
    redis.call('ZADD', line, now, id)
  end
  local free = math.min(limit - redis.call('ZCARD', out), room)
  if free > 0 then
    for _, id in ipairs(redis.call('ZRANGE', line, '-inf', now, 'BYSCORE', 'LIMIT', 0, free)) do
      redis.call('ZREM', line, id)
      if redis.call('EXISTS', ARGV[2] .. id) == 1 then
        redis.call('HSET', prefix .. 'job:' .. id, 'nonce', '')
        redis.call('ZADD', out, now + lease, id)
        taken[#taken + 1] = id
        room = room - 1
      else
        redis.call('ZREM', KEYS[3], id) -- the job is older than its retention
      end
    end
  end
  look_again(KEYS[2], prefix, host, limit)
end
return taken
