-- End a job, once: state and result for whoever holds the lease.
-- ARGV: id, token, meta, event, its data, ttl_seconds
local id = ARGV[1]
local job = look(id, {'state', 'token', 'kind', 'work', 'claimed_ms'})
if job.state == 'done' and job.token == ARGV[2] then return 'ok' end -- the first reply was lost
if job.state ~= 'running' or job.token ~= ARGV[2] then return 'fenced' end
if ARGV[4] == 'succeeded' then measure(job.kind, job.work, now() - tonumber(job.claimed_ms)) end
conclude(id, ARGV[3], ARGV[4], ARGV[5], ARGV[6])
return 'ok'
