-- Put before each script of this folder. A line holds the deliveries to one host:
-- <prefix>line:<host> those that wait (score: when), <prefix>out:<host> those on their way
-- (score: end of the lease), and `lines` each host (score: when to look at it next).
local function moment()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function look_again(lines, prefix, host, limit)
  local waiting = redis.call('ZRANGE', prefix .. 'line:' .. host, 0, 0, 'WITHSCORES')[2]
  local out = redis.call('ZRANGE', prefix .. 'out:' .. host, 0, 0, 'WITHSCORES')[2]
  local room = redis.call('ZCARD', prefix .. 'out:' .. host) < limit
  local first = out
  if waiting and room and (not out or tonumber(waiting) < tonumber(out)) then first = waiting end
  if first then redis.call('ZADD', lines, first, host) else redis.call('ZREM', lines, host) end
end
