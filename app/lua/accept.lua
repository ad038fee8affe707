-- Accept a job: ledger record, place in the queue, QUEUED state, all or nothing.
-- KEYS: job, queued, result   ARGV: see Ledger.accept
-- Ids are given out once: a record that is there is our own first try, whose reply was lost.
if redis.call('EXISTS', KEYS[1]) == 1 then return {'ok', 0} end
local depth = redis.call('ZCARD', KEYS[2])
if depth >= tonumber(ARGV[8]) then return {'full', depth} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('HSET', KEYS[1],
  'id', ARGV[1], 'type', ARGV[2], 'owner', ARGV[3], 'step', ARGV[4], 'queue', ARGV[5],
  'payload', ARGV[6], 'created_at', ARGV[7], 'state', 'queued', 'attempts', 0, 'token', 0,
  'queued_ms', now, 'published_ms', now)
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('SET', KEYS[3], ARGV[9])
return {'ok', depth}
