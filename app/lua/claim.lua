-- Take the lease of a queued step; its message has come, so there is room on the way for the next.
-- ARGV: id, step, queue, holder, nonce, lease_ms, max_attempts, started_at
local id, queue, moment = ARGV[1], ARGV[3], now()
local job = look(id, {'state', 'step', 'lease_ms', 'nonce', 'attempts', 'place', 'kind', 'work'})
local sent = call('ZSCORE', key('way', queue), id)
if sent then
  call('ZREM', key('way', queue), id)
  local arrived = tonumber(call('HGET', key('line', queue), 'arrived')) or 0
  if tonumber(sent) > arrived then call('HSET', key('line', queue), 'arrived', sent) end
end

local function verdict()
  if not job.state then return 'gone' end
  if job.state == 'done' or job.step ~= ARGV[2] then return 'over' end
  -- The same delivery asks again when the reply to its first claim was lost.
  local again = job.state == 'running' and job.nonce == ARGV[5]
  if job.state == 'running' and not again and tonumber(job.lease_ms) > moment then return 'busy' end
  if not again and tonumber(job.attempts) >= tonumber(ARGV[7]) then return 'exhausted' end
  return again and 'again' or 'ok'
end

local outcome = verdict()
if outcome == 'ok' then
  call('HINCRBY', key('job', id), 'attempts', 1)
  call('HINCRBY', key('job', id), 'token', 1)
  call('HSETNX', key('job', id), 'started_at', ARGV[8])
end
if outcome == 'ok' and job.state == 'queued' then
  dequeue(id, queue, job.kind, job.work)
  load(queue, 'running', job.kind, job.work)
  local tag = math.floor(tonumber(job.place) / SLOTS)
  local served = tonumber(call('HGET', key('line', queue), 'served')) or 0
  if tag > served then call('HSET', key('line', queue), 'served', tag) end
end
if outcome == 'exhausted' and job.state == 'queued' then
  -- The limit was lowered while it waited: the sweeper ends it as one whose lease ran out.
  dequeue(id, queue, job.kind, job.work)
  load(queue, 'running', job.kind, job.work)
  call('HSET', key('job', id), 'state', 'running', 'holder', '', 'nonce', '', 'lease_ms', 0)
  call('ZADD', PREFIX .. 'due', 0, id)
end
local taken = take(queue)
if outcome ~= 'ok' and outcome ~= 'again' then return {outcome, {}, taken} end
local lease = moment + tonumber(ARGV[6])
call('HSET', key('job', id), 'state', 'running', 'holder', ARGV[4], 'nonce', ARGV[5],
  'lease_ms', lease, 'claimed_ms', moment)
call('ZADD', PREFIX .. 'due', lease, id)
local expected = takes_ms(job.kind, job.work)
local found = call('HGETALL', key('job', id))
if expected then
  found[#found + 1] = 'expected_ms'
  found[#found + 1] = tostring(math.ceil(expected))
end
return {'ok', found, taken}
