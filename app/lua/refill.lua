-- Keep a queue's way to the workers filled. ARGV: queue, patience_ms
-- A message was lost (its sender died before it sent it, or Redis gave it to a worker that died)
-- if it did not come for a while, and either no message waits or one sent no earlier came.
-- Returns what to send: id, step, id, step …
local queue, moment, sent = ARGV[1], now(), {}
local way = key('way', queue)
local empty = call('LLEN', queue) == 0
local arrived = tonumber(call('HGET', key('line', queue), 'arrived')) or 0
local going = call('ZRANGE', way, 0, -1, 'WITHSCORES')
for i = 1, #going, 2 do
  local id, at = going[i], tonumber(going[i + 1])
  if moment - at > tonumber(ARGV[2]) and (empty or at <= arrived) then
    local job = look(id, {'state', 'step', 'queue'})
    if job.state == 'queued' and job.queue == queue then
      call('ZADD', way, moment, id)
      sent[#sent + 1] = id
      sent[#sent + 1] = job.step
    else
      call('ZREM', way, id)
    end
  end
end
for _, part in ipairs(take(queue)) do sent[#sent + 1] = part end
return sent
