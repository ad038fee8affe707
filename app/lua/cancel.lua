-- Cancel a job: at once while it is queued, by a flag while it runs.
-- ARGV: id, meta, event's data, ttl_seconds
-- A message on its way keeps its room until it comes, and then finds the job over.
local id = ARGV[1]
local state = call('HGET', key('job', id), 'state')
if not state then return 'gone' end
if state == 'done' then return 'done' end
call('HSET', key('job', id), 'cancel', '1')
if state == 'running' then
  call('PUBLISH', PREFIX .. 'cancelled', id)
  return 'running'
end
conclude(id, ARGV[2], 'cancelled', ARGV[3], ARGV[4])
return 'cancelled'
