-- Hand a job on to its next step, into the line of that step's queue.
-- ARGV: id, token, step, queue, payload
local id, step, queue = ARGV[1], ARGV[3], ARGV[4]
local job = look(id, {'state', 'token', 'step', 'queue', 'owner', 'priority', 'kind', 'work',
  'claimed_ms', 'after_work'})
if job.state == 'queued' and job.token == ARGV[2] and job.step == step then
  return {'ok', call('ZSCORE', key('way', queue), id) and {id, step} or {}} -- the reply was lost
end
if job.state ~= 'running' or job.token ~= ARGV[2] then return {'fenced', {}} end
local moment = now()
measure(job.kind, job.work, moment - tonumber(job.claimed_ms))
load(job.queue, 'running', job.kind, -job.work)
call('ZREM', PREFIX .. 'due', id)
local place = next_place(queue, job.owner, job.priority)
call('HSET', key('job', id), 'state', 'queued', 'step', step, 'queue', queue, 'payload', ARGV[5],
  'attempts', 0, 'lease_ms', 0, 'queued_ms', moment, 'place', place,
  'kind', step, 'work', job.after_work, 'after_work', 0)
enqueue(id, queue, place, step, job.after_work)
return {'ok', take(queue)}
