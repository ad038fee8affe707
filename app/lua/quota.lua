-- Whether a job's bytes would be too many for the owner's day: asked before they are stored. The
-- word of accept.lua counts; this one spares the disk.
-- ARGV: owner, bytes a day, bytes of this job, idempotency name ('' for none)
if ARGV[4] ~= '' and call('EXISTS', key('idem', ARGV[4])) == 1 then return {'ok'} end
return over_day('bytes', 'heavy', ARGV[1], ARGV[2], ARGV[3]) or {'ok'}
