-- A job's place in its line and the milliseconds to its end; '' for what is not known.
-- ARGV: id
local id = ARGV[1]
local job = look(id, {'state', 'queue', 'kind', 'work', 'claimed_ms', 'after_queue', 'after_kind',
  'after_work'})
if job.state ~= 'queued' and job.state ~= 'running' then return {'', ''} end
local rank = call('ZRANK', key('queued', job.queue), id) or ''
local eta = takes_ms(job.kind, job.work)
if eta and job.state == 'running' then
  eta = math.max(eta - (now() - tonumber(job.claimed_ms)), 0)
elseif eta then
  local depth = call('ZCARD', key('queued', job.queue))
  local before = wait_ms(job.queue, (tonumber(rank) or 0) / math.max(depth, 1))
  eta = before and before + eta
end
if eta and tonumber(job.after_work) > 0 then
  local before = wait_ms(job.after_queue, 1)
  local spent = takes_ms(job.after_kind, job.after_work)
  eta = before and spent and eta + before + spent
end
return {rank, eta and string.format('%.0f', eta) or ''}
