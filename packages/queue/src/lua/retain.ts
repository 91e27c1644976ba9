import { defineScript } from '../run-script.ts'
import { accountTerms } from './account.ts'
import { entryIds } from './entry-ids.ts'
import { entryTerms } from './entry-terms.ts'
import { packedCounts } from './packed-counts.ts'
import { removeBytes } from './remove-bytes.ts'
import { streamInfo } from './stream-info.ts'

/** Removes the oldest entries by age or number, finished or not, and counts what they were to each pump. */
export const retainScript = defineScript(`
-- KEYS  1 frames, 2 bytes, 3 counters
-- ARGV  1 most age in ms, 2 most records held (0 = any), 3 most entries to remove in this call
-- Reply {entries removed, 1 when there is more to remove, then pump and records for each group that had not finished all of them}
-- For a group, the records of an entry it was not given yet, or was given and has not settled, are counted as removed, and a lease on it
-- ends: whoever held it can no longer settle it, so nothing counts twice. What it had settled stays settled. 'trimmed' moves in the
-- same script. STEP bounds what lies in Lua's memory at once.
${entryIds}${packedCounts}${entryTerms}${streamInfo}${accountTerms}${removeBytes}
local STEP = 100
-- A key of the wrong type fails the call before it removes anything.
redis.call('HLEN', KEYS[2])
local now, max_age, max_records, most = now_ms(), tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local pushed, pushed_bytes, frames, known = totals(KEYS[1], redis.call('HGET', KEYS[3], 'totals'))
local held = pushed - (totals_before(KEYS[1], '-') or pushed)
local all, ids, names, more = groups(KEYS[1]), {}, {}, 0
for _, group in ipairs(all) do group.unsettled, group.leases = 0, {} end

local function too_much(id)
  if max_age > 0 and tonumber(string.match(id, '^%d+')) < now - max_age then return true end
  return max_records > 0 and held > max_records
end

local from, going = '-', true
while going do
  local page = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', STEP)
  for _, entry in ipairs(page) do
    local id, name, records = entry[1], terms(entry[2])
    going = too_much(id)
    if going and #ids == most then
      going, more = false, 1
    end
    if not going then break end
    held, ids[#ids + 1], names[#names + 1] = held - records, id, name
    for _, group in ipairs(all) do
      if before(group['last-delivered-id'], id) then
        group.unsettled = group.unsettled + records
      elseif group['pending'] > 0 and #redis.call('XPENDING', KEYS[1], group['name'], id, id, 1) > 0 then
        group.unsettled, group.leases[#group.leases + 1] = group.unsettled + records, id
      end
    end
  end
  if #page < STEP then going = false else from = '(' .. page[#page][1] end
end
if #ids == 0 then return {0, 0} end

redis.call('XDEL', KEYS[1], unpack(ids))
remove_bytes(KEYS[1], KEYS[2], names)
local answer = {#ids, more}
for _, group in ipairs(all) do
  if #group.leases > 0 then redis.call('XACK', KEYS[1], group['name'], unpack(group.leases)) end
  if group.unsettled > 0 then
    redis.call('HINCRBY', KEYS[3], group['name'] .. '/removed', group.unsettled)
    answer[#answer + 1], answer[#answer + 2] = group['name'], group.unsettled
  end
end
local records, bytes = totals_before(KEYS[1], '-')
redis.call('HSET', KEYS[3], 'trimmed', records or pushed, 'trimmedBytes', bytes or pushed_bytes)
if not known then note_totals(KEYS[1], KEYS[3], pushed, pushed_bytes, frames) end
return answer
`)
