-- Look at one job whose lease should have ended, read by the caller while it had this token.
-- ARGV: id, token, meta and data of its return to the line, max_attempts, retry_ms
-- Returns what became of it: nothing, requeued, exhausted or cancelled; with what to send.
local id, moment = ARGV[1], now()
local job = look(id, {'state', 'token', 'lease_ms', 'attempts', 'cancel', 'queue', 'place', 'kind',
  'work'})
if job.state ~= 'running' then
  call('ZREM', PREFIX .. 'due', id)
  return {'nothing', {}}
end
local lease = tonumber(job.lease_ms)
if lease > moment or job.token ~= ARGV[2] then
  call('ZADD', PREFIX .. 'due', lease, id)
  return {'nothing', {}}
end
-- Whoever asked may die before it acts: the job comes up again.
call('ZADD', PREFIX .. 'due', moment + tonumber(ARGV[6]), id)
if job.cancel == '1' then return {'cancelled', {}} end
if tonumber(job.attempts) >= tonumber(ARGV[5]) then return {'exhausted', {}} end
call('ZREM', PREFIX .. 'due', id)
call('HSET', key('job', id), 'state', 'queued', 'queued_ms', moment)
load(job.queue, 'running', job.kind, -job.work)
enqueue(id, job.queue, job.place, job.kind, job.work)
write_result(id, ARGV[3])
tell(id, 'queued', ARGV[4])
return {'requeued', take(job.queue)}
