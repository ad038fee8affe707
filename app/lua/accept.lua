-- Accept a job: ledger record, place in the line, QUEUED state, all or nothing.
-- ARGV: id, meta, queue limit, jobs in flight ('' for any number), jobs a day ('' likewise),
--   idempotency name ('' for none), fingerprint, seconds it is kept, then the record: name, value …
local id, record = ARGV[1], {}
for i = 9, #ARGV, 2 do record[ARGV[i]] = ARGV[i + 1] end
local queue, owner = record.queue, record.owner
-- Ids are given out once: a record that is there is our own first try, whose reply was lost.
if call('EXISTS', key('job', id)) == 1 then
  return {'ok', call('ZSCORE', key('way', queue), id) and {id, record.step} or {}}
end
local idem = key('idem', ARGV[6])
if ARGV[6] ~= '' then
  local first = call('GET', idem)
  if first then
    local job, fingerprint = string.match(first, '^(%S+) (%S*)$')
    if fingerprint ~= ARGV[7] then return {'conflict'} end
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
local day = math.floor(moment / 86400000)
local today = key('day', day .. ':' .. owner)
if ARGV[5] ~= '' then
  if (tonumber(call('GET', today)) or 0) >= tonumber(ARGV[5]) then
    return {'spent', ARGV[5], math.ceil((day + 1) * 86400 - moment / 1000)}
  end
  call('INCR', today)
  call('EXPIRE', today, 172800)
end
local place = next_place(queue, owner, record.priority)
call('HSET', key('job', id), unpack(ARGV, 9))
call('HSET', key('job', id), 'state', 'queued', 'attempts', 0, 'token', 0, 'events', 0,
  'queued_ms', moment, 'place', place)
enqueue(id, queue, place, record.kind, record.work)
call('HINCRBY', PREFIX .. 'open', owner, 1)
if ARGV[6] ~= '' then call('SET', idem, id .. ' ' .. ARGV[7], 'EX', ARGV[8]) end
-- Nobody can listen to an id that was not given out yet: the first event kept is the first change.
write_result(id, ARGV[2])
return {'ok', take(queue)}
