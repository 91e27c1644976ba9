import { defineScript } from '../run-script.ts'
import { accountTerms } from './account.ts'
import { entryTerms } from './entry-terms.ts'
import { packedCounts } from './packed-counts.ts'
import { pendingTerms } from './pending.ts'
import { streamInfo } from './stream-info.ts'

/** Reads the account of one partition as one snapshot. */
export const statusScript = defineScript(`
-- KEYS  1 frames, 2 counters, 3 dead
-- Reply {pushed, frames, dead letters, dead letters removed, dead letters dropped, dead letters deleted by hand, records let go, {pump, base, delivered, filtered, deadLettered, removed, vanished,
--        pending records, pending frames, leased frames, age of the oldest in ms or -1, ms since it was last wanted or -1, ms since its account was rebuilt or -1} for each group}
-- Pending is counted, not derived: the account is checked by it. One that was deleted is shown as it will be rebuilt.
${packedCounts}${entryTerms}${streamInfo}${accountTerms}${pendingTerms}
local now = now_ms()
local held = redis.call('HMGET', KEYS[2], 'totals', 'deadLettersRemoved', 'deadLettersDropped', 'letGo', 'deadLettersHeld')
local pushed, _, frames = totals(KEYS[1], held[1])
local letters = redis.call('XLEN', KEYS[3])
local letters_vanished = math.max(0, (tonumber(held[5]) or letters) - letters)
local answer = {pushed, redis.call('XLEN', KEYS[1]), letters, tonumber(held[2]) or 0, tonumber(held[3]) or 0, letters_vanished,
  tonumber(held[4]) or 0}

for _, group in ipairs(groups(KEYS[1])) do
  local pump = group['name']
  local records, entries, leased, oldest = pending(KEYS[1], group, pushed, frames)
  local age = oldest and math.max(0, now - tonumber(string.match(oldest, '^%d+'))) or -1
  local settled, base = account_of(KEYS[2], pump, pushed, records)
  local more = redis.call('HMGET', KEYS[2], pump .. '/vanished', pump .. '/seen', pump .. '/rebuilt', pump .. '/base')
  local function since(at) return at and math.max(0, now - tonumber(at)) or -1 end
  answer[#answer + 1] = {pump, base, settled[1], settled[2], settled[3], settled[4], tonumber(more[1]) or 0, records, entries, leased, age,
    since(more[2]), more[4] and since(more[3]) or 0}
end
return answer
`)
