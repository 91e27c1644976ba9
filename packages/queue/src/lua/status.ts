import { defineScript } from '../run-script.ts'
import { entryTerms } from './entry-terms.ts'
import { pendingTerms } from './pending.ts'
import { streamInfo } from './stream-info.ts'

/** Reads the account of one partition as one snapshot. */
export const statusScript = defineScript(`
-- KEYS  1 frames, 2 counters, 3 dead
-- Reply {pushed, frames, dead letters, dead letters removed, dead letters dropped, records let go, {pump, base, delivered, filtered, deadLettered, removed, vanished,
--        pending records, pending frames, leased frames, age of the oldest in ms or -1, ms since it was last wanted or -1} for each group}
-- Pending is counted, not derived: the account is checked by it.
${entryTerms}${streamInfo}${pendingTerms}
local now = now_ms()
local totals = redis.call('HMGET', KEYS[2], 'pushed', 'frames', 'deadLettersRemoved', 'deadLettersDropped', 'letGo')
local pushed, frames = tonumber(totals[1]) or 0, tonumber(totals[2]) or 0
local answer = {pushed, redis.call('XLEN', KEYS[1]), redis.call('XLEN', KEYS[3]), tonumber(totals[3]) or 0, tonumber(totals[4]) or 0,
  tonumber(totals[5]) or 0}

for _, group in ipairs(groups(KEYS[1])) do
  local pump = group['name']
  local records, entries, held, oldest = pending(KEYS[1], group, pushed, frames)
  local age = oldest and math.max(0, now - tonumber(string.match(oldest, '^%d+'))) or -1
  local account = {pump}
  for i, term in ipairs(redis.call('HMGET', KEYS[2], pump .. '/base', pump .. '/delivered', pump .. '/filtered',
    pump .. '/deadLettered', pump .. '/removed', pump .. '/vanished')) do
    account[i + 1] = tonumber(term) or 0
  end
  account[8], account[9], account[10], account[11] = records, entries, held, age
  local seen = tonumber(redis.call('HGET', KEYS[2], pump .. '/seen'))
  account[12] = seen and math.max(0, now - seen) or -1
  answer[#answer + 1] = account
end
return answer
`)
