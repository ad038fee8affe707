-- End the lease of a worker whose child died. ARGV: id, step, holder
local id = ARGV[1]
local job = look(id, {'state', 'step', 'holder'})
if job.state ~= 'running' or job.step ~= ARGV[2] or job.holder ~= ARGV[3] then return 0 end
call('HSET', key('job', id), 'lease_ms', 0)
call('ZADD', PREFIX .. 'due', 0, id)
return 1
