/**
 * Lua functions for the account of a lane, one text in the hash of lanes: seven packed counts (packed-counts.ts, which these functions need), and what is
 * behind them is the description.
 *
 *   last frames records missing first seen created description
 *
 * last is the sequence that was taken last, frames and records were taken, missing frames had a number and never came; first and seen are ms
 * since 1970 by Redis' clock; created is what the reporter last said it had made, and description (JSON, see describe() in producer.ts) what
 * else it said then. Read outside of scripts by lane-counts.ts.
 */
export const laneAccount = `
local function read_account(text)
  if not text or #text < 56 then return nil end
  local last, frames, records, missing, first, seen, created, rest = struct.unpack('<ddddddd', text)
  if not are_counts(last, frames, records, missing, first, seen, created) then return nil end
  return {last = last, frames = frames, records = records, missing = missing, first = first, seen = seen, created = created,
    description = string.sub(text, rest)}
end
local function packed_account(a)
  return struct.pack('<ddddddd', a.last, a.frames, a.records, a.missing, a.first, a.seen, a.created) .. a.description
end

-- Adds to the sums of a service's earlier lanes, or with factor -1 takes back what returned. MOST_SERVICES bounds the hash.
local MOST_SERVICES = 1000
local function add_earlier(key, service, a, factor)
  if redis.call('HEXISTS', key, service) == 0 then
    if factor < 0 then return end
    if redis.call('HLEN', key) >= MOST_SERVICES then service = '' end
  end
  local lanes, frames, records, missing = string.match(redis.call('HGET', key, service) or '', '^(%d+) (%d+) (%d+) (%d+)$')
  local function moved(sum, by) return math.max(0, (tonumber(sum) or 0) + factor * by) end
  redis.call('HSET', key, service,
    string.format('%.0f %.0f %.0f %.0f', moved(lanes, 1), moved(frames, a.frames), moved(records, a.records), moved(missing, a.missing)))
end

-- Moves lanes that were silent since 'before' into the sums of their service: MOST_FOLDED at a time, which is more than begin.
-- Lanes that somebody made it forget are noted again first: they would stay for ever.
local MOST_FOLDED = 16
local function fold(lanes, lanes_seen, earlier, before)
  if redis.call('HLEN', lanes) > redis.call('ZCARD', lanes_seen) then
    local all = redis.call('HGETALL', lanes)
    for i = 1, #all, 2 do
      local account = read_account(all[i + 1])
      redis.call('ZADD', lanes_seen, 'NX', account and string.format('%.0f', account.seen) or 0, all[i])
    end
  end
  for _, lane in ipairs(redis.call('ZRANGEBYSCORE', lanes_seen, '-inf', string.format('%.0f', before), 'LIMIT', 0, MOST_FOLDED)) do
    local account = read_account(redis.call('HGET', lanes, lane))
    if account then
      local readable, said = pcall(cjson.decode, account.description)
      local service = readable and type(said) == 'table' and type(said['service']) == 'string' and said['service'] or ''
      add_earlier(earlier, service, account, 1)
    end
    redis.call('HDEL', lanes, lane)
    redis.call('ZREM', lanes_seen, lane)
  end
end
`
