import { defineScript } from '../run-script.ts'

/** Deletes dead letters on purpose. */
export const dropLettersScript = defineScript(`
-- KEYS  1 counters, 2 dead
-- ARGV  ids
-- Reply how many this call deleted
-- Their records stay dead-lettered in the account of their pump; only those that were still there are counted as dropped.
redis.call('HLEN', KEYS[1])
local dropped = redis.call('XDEL', KEYS[2], unpack(ARGV))
if dropped > 0 then redis.call('HINCRBY', KEYS[1], 'deadLettersDropped', dropped) end
return dropped
`)
