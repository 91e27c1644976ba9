import { defineScript } from '../run-script.ts'
import { accountTerms } from './account.ts'
import { entryTerms } from './entry-terms.ts'
import { packedCounts } from './packed-counts.ts'
import { pendingTerms } from './pending.ts'
import { streamInfo } from './stream-info.ts'

/** Creates a pump's group together with the base of its account, or the account alone when only that is gone. */
export const ensureGroupScript = defineScript(`
-- KEYS  1 frames, 2 counters, 3 dead, 4 bytes
-- ARGV  1 pump, 2 'backlog' or 'now'
-- Reply {1 when the group was created, 2 when it was there without an account, 0 when both were there, records pending then if not 0}
-- The base is what was pushed before the first entry the group will see: pushed - base is what was pushed for this pump. A group that
-- is created again starts a new account, and a new grace time; 'letters' says which dead letters are older than it. So does an account that
-- was deleted: it begins with what is pending, leased or not, and 'rebuilt' says when.
${packedCounts}${entryTerms}${streamInfo}${accountTerms}${pendingTerms}
local pump, account = ARGV[1], ARGV[1] .. '/'
local held = redis.call('HMGET', KEYS[2], 'totals', account .. 'base')
local group
for _, one in ipairs(groups(KEYS[1])) do
  if one['name'] == pump then group = one end
end
if group and held[2] then return {0, 0} end

local pushed, bytes, frames, known = totals(KEYS[1], held[1])
local letters = redis.call('EXISTS', KEYS[3]) == 1 and maps({redis.call('XINFO', 'STREAM', KEYS[3])})[1]['last-generated-id'] or '0-0'
local base, waiting, now = pushed, 0, string.format('%.0f', now_ms())
if group then
  waiting = pending(KEYS[1], group, pushed, frames)
  local _, start = account_of(KEYS[2], pump, pushed, waiting)
  base = start
  redis.call('HSET', KEYS[2], account .. 'rebuilt', now)
else
  -- Of frames that are gone with the stream.
  if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('UNLINK', KEYS[4]) end
  if ARGV[2] == 'backlog' then base = totals_before(KEYS[1], '-') or pushed end
  waiting = pushed - base
  redis.call('XGROUP', 'CREATE', KEYS[1], pump, ARGV[2] == 'backlog' and '0' or '$', 'MKSTREAM')
  redis.call('HDEL', KEYS[2], account .. 'delivered', account .. 'filtered', account .. 'deadLettered', account .. 'removed', account .. 'vanished',
    account .. 'rebuilt')
end
redis.call('HSET', KEYS[2], account .. 'base', base, account .. 'letters', letters, account .. 'seen', now)
if not known then note_totals(KEYS[1], KEYS[2], pushed, bytes, frames) end
return {group and 2 or 1, waiting}
`)
