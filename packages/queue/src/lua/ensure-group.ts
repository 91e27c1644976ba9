import { defineScript } from '../run-script.ts'
import { entryTerms } from './entry-terms.ts'
import { streamInfo } from './stream-info.ts'

/** Creates a pump's group together with the base of its account. */
export const ensureGroupScript = defineScript(`
-- KEYS  1 frames, 2 counters, 3 dead
-- ARGV  1 pump, 2 'backlog' or 'now'
-- Reply 1 when the group was created, 0 when it was there
-- The base is what was pushed before the first entry the group will see: pushed - base is what was pushed for this pump. A group that
-- is created again starts a new account, and a new grace time; 'letters' says which dead letters are older than it.
${entryTerms}${streamInfo}
for _, group in ipairs(groups(KEYS[1])) do
  if group['name'] == ARGV[1] then return 0 end
end
local base = ARGV[2] == 'backlog' and totals_before(KEYS[1], '-') or tonumber(redis.call('HGET', KEYS[2], 'pushed')) or 0
local letters = redis.call('EXISTS', KEYS[3]) == 1 and maps({redis.call('XINFO', 'STREAM', KEYS[3])})[1]['last-generated-id'] or '0-0'
redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2] == 'backlog' and '0' or '$', 'MKSTREAM')
local account = ARGV[1] .. '/'
redis.call('HDEL', KEYS[2], account .. 'delivered', account .. 'filtered', account .. 'deadLettered', account .. 'removed', account .. 'vanished')
redis.call('HSET', KEYS[2], account .. 'base', base, account .. 'letters', letters, account .. 'seen', string.format('%.0f', now_ms()))
return 1
`)
