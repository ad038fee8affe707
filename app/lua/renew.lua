-- Renew a lease, and tell of progress or a preview where some is given.
-- ARGV: id, token, lease_ms, meta ('' for none), event ('' for none), its data
local id = ARGV[1]
local job = look(id, {'state', 'token', 'cancel'})
if job.state ~= 'running' or job.token ~= ARGV[2] then return 'fenced' end
if job.cancel == '1' then return 'cancelled' end
local lease = now() + tonumber(ARGV[3])
call('HSET', key('job', id), 'lease_ms', lease)
call('ZADD', PREFIX .. 'due', lease, id)
if ARGV[4] ~= '' then write_result(id, ARGV[4]) end
if ARGV[5] ~= '' then tell(id, ARGV[5], ARGV[6]) end
return 'ok'
