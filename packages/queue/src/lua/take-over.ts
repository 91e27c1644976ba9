import { defineScript } from '../run-script.ts'
import { entryTerms } from './entry-terms.ts'
import { packedCounts } from './packed-counts.ts'
import { streamInfo } from './stream-info.ts'

/** Leases entries whose lease ran out, and before them those that a lost reply left with this consumer. */
export const takeOverScript = defineScript(`
-- KEYS  1 frames, 2 counters, 3 bytes
-- ARGV  1 pump, 2 consumer, 3 lease in ms, 4 most frames, 5 most bytes, 6 '1' if a reply to the consumer was lost, then the ids it still works on
-- Reply {id, name or nil, records, deliveries, …}: the bytes under the names are asked for by the consumer
-- After a lost reply the consumer holds entries that it never saw: they need not wait for their lease, and were not delivered, so their number of
-- deliveries stays.
-- Idle time is Redis' own: the clocks of the hosts play no part. What the consumer still works on is renewed, not handed out twice. An
-- entry that is no longer in the stream is dropped from the group and counted as vanished: its records are unknown, so the account
-- shows the difference. Names of consumers that hold nothing and have been silent for a lease are forgotten (a name that comes back
-- is simply made again).
${packedCounts}${entryTerms}${streamInfo}
local PAGE = 100
local key, pump, consumer, lease = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local max_frames, max_bytes = tonumber(ARGV[4]), tonumber(ARGV[5])
-- A key of the wrong type fails the call before it leases anything.
redis.call('HLEN', KEYS[3])
local working = {}
for i = 7, #ARGV do working[ARGV[i]] = true end

local answer, frames, bytes, vanished = {}, 0, 0, 0
local function has_room() return frames < max_frames and bytes < max_bytes end
local function take(id, deliveries, ...)
  local entry = redis.call('XCLAIM', key, pump, consumer, ...)[1]
  if entry then
    local name, records, size = terms(entry[2])
    local at = frames * 4
    answer[at + 1], answer[at + 2], answer[at + 3], answer[at + 4] = id, name or false, records, deliveries
    frames, bytes = frames + 1, bytes + size
  else
    redis.call('XACK', key, pump, id)
    vanished = vanished + 1
  end
end

local from = '-'
while ARGV[6] == '1' and has_room() do
  local page = redis.call('XPENDING', key, pump, from, '+', PAGE, consumer)
  if #page == 0 then break end
  for _, own in ipairs(page) do
    local id, deliveries = own[1], own[4]
    if has_room() and not working[id] then take(id, deliveries, 0, id, 'RETRYCOUNT', deliveries) end
    from = '(' .. id
  end
end
from = '-'
while has_room() do
  local page = redis.call('XPENDING', key, pump, 'IDLE', lease, from, '+', PAGE)
  if #page == 0 then break end
  for _, expired in ipairs(page) do
    if not has_room() then break end
    local id, owner, deliveries = expired[1], expired[2], expired[4]
    if owner == consumer and working[id] then
      redis.call('XCLAIM', key, pump, consumer, 0, id, 'JUSTID')
    else
      take(id, deliveries + 1, lease, id)
    end
    from = '(' .. id
  end
end
if vanished > 0 then redis.call('HINCRBY', KEYS[2], pump .. '/vanished', vanished) end
for _, other in ipairs(maps(redis.call('XINFO', 'CONSUMERS', key, pump))) do
  if other['pending'] == 0 and other['idle'] > lease and other['name'] ~= consumer then
    redis.call('XGROUP', 'DELCONSUMER', key, pump, other['name'])
  end
end
return answer
`)
