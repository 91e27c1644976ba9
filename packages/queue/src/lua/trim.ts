import { defineScript } from '../run-script.ts'
import { accountTerms } from './account.ts'
import { entryIds } from './entry-ids.ts'
import { entryTerms } from './entry-terms.ts'
import { packedCounts } from './packed-counts.ts'
import { removeBytes } from './remove-bytes.ts'
import { streamInfo } from './stream-info.ts'

/** Removes entries that every group has finished. */
export const trimScript = defineScript(`
-- KEYS  1 frames, 2 bytes, 3 counters
-- ARGV  1 most entries to remove in this call
-- Reply {records removed, 1 when there is more to remove}
-- A group has finished what lies before its oldest leased entry or, when it leases none, up to the last one it was given. The oldest
-- of these over all groups is the new start of the stream; without any group nothing is removed. 'trimmed' moves in the same script and
-- is read from what is now the first entry, not added up. STEP bounds what lies in Lua's memory at once.
${entryIds}${packedCounts}${entryTerms}${streamInfo}${accountTerms}${removeBytes}
local STEP = 100
-- A key of the wrong type fails the call before it removes anything.
redis.call('HLEN', KEYS[2])

local start
for _, group in ipairs(groups(KEYS[1])) do
  local unfinished = after(group['last-delivered-id'])
  if group['pending'] > 0 then unfinished = redis.call('XPENDING', KEYS[1], group['name'])[2] end
  if not start or before(unfinished, start) then start = unfinished end
end
if not start then return {0, 0} end

local held = redis.call('HMGET', KEYS[3], 'totals', 'trimmed', 'trimmedBytes')
local pushed, pushed_bytes, frames, known = totals(KEYS[1], held[1])
local trimmed = known and tonumber(held[2]) or 0
if not known then trimmed = totals_before(KEYS[1], '-') or pushed end

local most, gone, more = tonumber(ARGV[1]), 0, 0
repeat
  local page, names = redis.call('XRANGE', KEYS[1], '-', '(' .. start, 'COUNT', STEP), {}
  for _, entry in ipairs(page) do names[#names + 1] = terms(entry[2]) end
  if #page > 0 then redis.call('XTRIM', KEYS[1], 'MINID', #page < STEP and start or after(page[#page][1])) end
  remove_bytes(KEYS[1], KEYS[2], names)
  gone = gone + #page
  if gone >= most then more = 1 end
until #page < STEP or more == 1

local records, bytes = totals_before(KEYS[1], '-')
records, bytes = records or pushed, bytes or pushed_bytes
if not known then note_totals(KEYS[1], KEYS[3], pushed, pushed_bytes, frames) end
if records ~= (tonumber(held[2]) or 0) or bytes ~= (tonumber(held[3]) or 0) then
  redis.call('HSET', KEYS[3], 'trimmed', records, 'trimmedBytes', bytes)
end
return {math.max(0, records - trimmed), more}
`)
