import { defineScript } from '../run-script.ts'
import { accountTerms } from './account.ts'
import { entryTerms } from './entry-terms.ts'
import { packedCounts } from './packed-counts.ts'
import { pendingTerms } from './pending.ts'
import { streamInfo } from './stream-info.ts'

/** Notes which groups are wanted, and drops those nobody has wanted for the grace time. */
export const keepGroupsScript = defineScript(`
-- KEYS  1 frames, 2 counters
-- ARGV  1 grace time in ms, then the pumps that are wanted
-- Reply {pump, ms since it was last wanted, 1 when it was dropped now, records it let go} for each group that is not wanted here
-- Wanted means: by any daemon of the set within the grace time; each notes its own. A group nobody has noted yet begins its grace time
-- now. With a group goes its account; what was pending for it is added to letGo. The time is Redis' own.
${packedCounts}${entryTerms}${streamInfo}${accountTerms}${pendingTerms}
local now, grace, wanted, answer = now_ms(), tonumber(ARGV[1]), {}, {}
for i = 2, #ARGV do wanted[ARGV[i]] = true end
local pushed, _, frames = totals(KEYS[1], redis.call('HGET', KEYS[2], 'totals'))
for _, group in ipairs(groups(KEYS[1])) do
  local pump = group['name']
  local account = pump .. '/'
  local seen = not wanted[pump] and tonumber(redis.call('HGET', KEYS[2], account .. 'seen'))
  if not seen then
    redis.call('HSET', KEYS[2], account .. 'seen', string.format('%.0f', now))
    seen = now
  end
  if not wanted[pump] then
    local age, records, dropped = math.max(0, now - seen), 0, 0
    if age >= grace then
      records = pending(KEYS[1], group, pushed, frames)
      dropped = redis.call('XGROUP', 'DESTROY', KEYS[1], pump)
      redis.call('HDEL', KEYS[2], account .. 'base', account .. 'delivered', account .. 'filtered', account .. 'deadLettered',
        account .. 'removed', account .. 'vanished', account .. 'letters', account .. 'seen', account .. 'rebuilt')
      redis.call('HINCRBY', KEYS[2], 'letGo', records)
    end
    answer[#answer + 1] = {pump, age, dropped, records}
  end
end
return answer
`)
