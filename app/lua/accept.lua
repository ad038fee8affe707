-- Accept a job: ledger record, place in the line, QUEUED state, all or nothing.
-- ARGV: id, meta, queue limit, jobs in flight ('' for any number), jobs a day ('' likewise),
--   bytes a day ('' likewise), bytes of this job, idempotency name ('' for none), fingerprint,
--   seconds it is kept, then the record: name, value …
local id, record = ARGV[1], {}
for i = 11, #ARGV, 2 do record[ARGV[i]] = ARGV[i + 1] end
local queue, owner = record.queue, record.owner
-- Ids are given out once: a record that is there is our own first try, whose reply was lost.
if call('EXISTS', key('job', id)) == 1 then
  return {'ok', call('ZSCORE', key('way', queue), id) and {id, record.step} or {}}
end
local idem = key('idem', ARGV[8])
if ARGV[8] ~= '' then
  local first = call('GET', idem)
  if first then
    local job, fingerprint = string.match(first, '^(%S+) (%S*)$')
    if fingerprint ~= ARGV[9] then return {'conflict'} end
    return {'again', job, call('GET', RESULT_PREFIX .. job) or ''}
  end
end
local moment = now()
local depth = call('ZCARD', key('queued', queue))
local function refuse(word, count)
  local pause = depth > 0 and wait_ms(queue, 1 / depth) or 5000
  return {word, count, math.ceil(math.min(math.max(pause, 1000), 300000) / 1000)}
end
if depth >= tonumber(ARGV[3]) then return refuse('full', depth) end
local open = tonumber(call('HGET', PREFIX .. 'open', owner)) or 0
if ARGV[4] ~= '' and open >= tonumber(ARGV[4]) then return refuse('busy', open) end
local spent = over_day('day', 'spent', owner, ARGV[5], 1)
  or over_day('bytes', 'heavy', owner, ARGV[6], ARGV[7])
if spent then return spent end
count_day('day', owner, ARGV[5], 1)
count_day('bytes', owner, ARGV[6], ARGV[7])
local place = next_place(queue, owner, record.priority)
call('HSET', key('job', id), unpack(ARGV, 11))
call('HSET', key('job', id), 'state', 'queued', 'attempts', 0, 'token', 0, 'events', 0,
  'queued_ms', moment, 'place', place)
enqueue(id, queue, place, record.kind, record.work)
call('HINCRBY', PREFIX .. 'open', owner, 1)
if ARGV[8] ~= '' then call('SET', idem, id .. ' ' .. ARGV[9], 'EX', ARGV[10]) end
-- Nobody can listen to an id that was not given out yet: the first event kept is the first change.
write_result(id, ARGV[2])
return {'ok', take(queue)}
