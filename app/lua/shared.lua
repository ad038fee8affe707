-- Put before every script, after PREFIX, RESULT_PREFIX and ALIVE_SECONDS: the clock, the keys, and
-- the moves that several scripts share.
local call = redis.call
local STEPS = {high = 1, normal = 4, low = 16} -- how far a job moves the rest of its flow back
local SLOTS = 1048576 -- places under one tag, in order of arrival
local AT_MOST = 64 -- events kept of a job

local function now()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function key(kind, name) return PREFIX .. kind .. ':' .. name end

local function look(id, names)
  local job = {}
  for i, value in ipairs(call('HMGET', key('job', id), unpack(names))) do
    job[names[i]] = value or nil
  end
  return job
end

local function alive(queue)
  local since = math.floor(now() / 1000) - ALIVE_SECONDS
  return call('ZCOUNT', key('workers', queue), since, '+inf')
end

-- What an owner uses in a day (UTC) of jobs or bytes; a limit of '' is none and is not counted.
local DAY = 86400

local function today(kind, owner)
  return key(kind, math.floor(now() / 1000 / DAY) .. ':' .. owner)
end

-- {word, used, seconds until it counts anew} where so much more is over the day's limit.
local function over_day(kind, word, owner, limit, more)
  if limit == '' then return nil end
  local used = tonumber(call('GET', today(kind, owner))) or 0
  if used + more <= tonumber(limit) then return nil end
  return {word, used, math.ceil(DAY - now() / 1000 % DAY)}
end

local function count_day(kind, owner, limit, more)
  if limit == '' then return end
  call('INCRBY', today(kind, owner), more)
  call('EXPIRE', today(kind, owner), 2 * DAY)
end

-- The place of one more job of a flow (an owner's jobs of one priority): start-time fair queueing.
local function next_place(queue, owner, priority)
  local line, flow = key('line', queue), priority .. ':' .. owner
  local found = call('HMGET', line, 'served', flow)
  local tag = math.max(tonumber(found[1]) or 0, tonumber(found[2]) or 0) + STEPS[priority]
  call('HSET', line, flow, tag)
  return tag * SLOTS + call('HINCRBY', line, 'count', 1) % SLOTS
end

-- Add to the work, in thousandths of a unit, that waits for a queue's workers or runs on them.
local function load(queue, state, kind, work)
  if tonumber(work) ~= 0 then
    call('HINCRBY', key('load', queue), state .. ':' .. kind, work)
  end
end

local function enqueue(id, queue, place, kind, work)
  call('ZADD', key('queued', queue), place, id)
  call('ZADD', key('waiting', queue), now(), id)
  load(queue, 'waiting', kind, work)
end

local function dequeue(id, queue, kind, work)
  call('ZREM', key('waiting', queue), id)
  if call('ZREM', key('queued', queue), id) == 1 then
    load(queue, 'waiting', kind, -work)
  end
end

-- Put the first in line on the way to the workers, as many as there is room for. Whoever called
-- sends their messages: id, step, id, step …
local function take(queue)
  local line, way, taken = key('queued', queue), key('way', queue), {}
  local going = call('ZCARD', way)
  local room = math.max(1, math.min(2, alive(queue))) - going
  if room <= 0 then return taken end
  for _, id in ipairs(call('ZRANGE', line, 0, going + room - 1)) do
    if room > 0 and not call('ZSCORE', way, id) then
      local job = look(id, {'state', 'step'})
      if job.state == 'queued' then
        call('ZADD', way, now(), id)
        taken[#taken + 1] = id
        taken[#taken + 1] = job.step
        room = room - 1
      else
        call('ZREM', line, id)
        call('ZREM', key('waiting', queue), id)
      end
    end
  end
  return taken
end

-- Number an event, keep it and say it. Of previews the two latest are kept.
local function tell(id, name, data)
  local job, stream = key('job', id), key('events', id)
  local n = call('HINCRBY', job, 'events', 1)
  call('XADD', stream, 'MAXLEN', AT_MOST, n .. '-0', 'event', name, 'data', data)
  if name == 'preview' then
    local old = call('HMGET', job, 'preview', 'preview_before')
    if old[2] then call('XDEL', stream, old[2] .. '-0') end
    call('HSET', job, 'preview', n, 'preview_before', old[1] or n)
  end
  local said = '{"n":' .. n .. ',"event":"' .. name .. '","data":' .. data .. '}'
  call('PUBLISH', RESULT_PREFIX .. id, said)
end

local function write_result(id, meta) call('SET', RESULT_PREFIX .. id, meta) end

-- End a job that has not ended: its state, its result, its last event, and what is owed to others.
local function conclude(id, meta, event, data, ttl)
  local job = look(id, {'state', 'queue', 'owner', 'kind', 'work', 'webhook'})
  call('ZREM', PREFIX .. 'due', id)
  if job.state == 'running' then
    load(job.queue, 'running', job.kind, -job.work)
  end
  dequeue(id, job.queue, job.kind, job.work)
  call('HSET', key('job', id), 'state', 'done')
  if call('HINCRBY', PREFIX .. 'open', job.owner, -1) <= 0 then
    call('HDEL', PREFIX .. 'open', job.owner)
  end
  write_result(id, meta)
  tell(id, event, data)
  for _, name in ipairs({key('job', id), key('events', id), RESULT_PREFIX .. id}) do
    call('EXPIRE', name, ttl)
  end
  if job.webhook then call('ZADD', PREFIX .. 'webhooks:due', now(), id) end
end

-- Keep a moving mean of the milliseconds that a thousandth of a unit of this kind takes.
local function measure(kind, work, milliseconds)
  if tonumber(work) <= 0 then return end
  local pace, known = milliseconds / work, tonumber(call('HGET', PREFIX .. 'pace', kind))
  call('HSET', PREFIX .. 'pace', kind, known and known + (pace - known) * 0.2 or pace)
end

-- How long a kind's work takes; nil where none was measured yet.
local function takes_ms(kind, work)
  local pace = tonumber(call('HGET', PREFIX .. 'pace', kind))
  return pace and pace * work
end

-- Milliseconds until the workers of a queue are through this part of what waits, and half of what
-- runs; nil where no worker lives or a kind was never measured.
local function wait_ms(queue, part)
  local workers, total = alive(queue), 0
  if workers == 0 then return nil end
  local found = call('HGETALL', key('load', queue))
  for i = 1, #found, 2 do
    local state, kind = string.match(found[i], '^(%a+):(.*)$')
    local work = tonumber(found[i + 1]) * (state == 'waiting' and part or 0.5)
    if work > 0 then
      local spent = takes_ms(kind, work)
      if not spent then return nil end
      total = total + spent
    end
  end
  return total / workers
end
