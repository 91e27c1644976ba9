import { defineScript } from '../run-script.ts'
import { laneAccount } from './lane-account.ts'
import { packedCounts } from './packed-counts.ts'
import { streamInfo } from './stream-info.ts'

/** Takes down what a reporter says of itself without a frame: what it had counted last, when it is gone. */
export const noteScript = defineScript(`
-- KEYS  1 lanes, 2 lanes seen, 3 earlier lanes
-- ARGV  1 lane, 2 expiry of the lane in ms, 3 records created, 4 description
-- Reply 1, or 0 when the account has heard of more already
-- A lane that is not known here begins with nothing taken from it. All reads come before the first write, so a key of the wrong type changes nothing.
${packedCounts}${streamInfo}${laneAccount}
local lane, expiry, created = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now, account = now_ms(), read_account(redis.call('HGET', KEYS[1], lane))
local is_new = not account
if is_new then
  redis.call('ZCARD', KEYS[2])
  redis.call('HLEN', KEYS[3])
  account = {last = 0, frames = 0, records = 0, missing = 0, first = now, seen = now, created = 0}
end
if created < account.created then return 0 end
account.created, account.description = created, ARGV[4]
if is_new then
  fold(KEYS[1], KEYS[2], KEYS[3], now - expiry)
  redis.call('ZADD', KEYS[2], now, lane)
end
redis.call('HSET', KEYS[1], lane, packed_account(account))
return 1
`)
