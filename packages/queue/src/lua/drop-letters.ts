import { defineScript } from '../run-script.ts'
import { heldLetters } from './held-letters.ts'

/** Deletes dead letters on purpose. */
export const dropLettersScript = defineScript(`
-- KEYS  1 counters, 2 dead
-- ARGV  ids
-- Reply how many this call deleted
-- Their records stay dead-lettered in the account of their pump; only those that were still there are counted as dropped.
${heldLetters}
redis.call('HLEN', KEYS[1])
local before = redis.call('XLEN', KEYS[2])
local dropped = redis.call('XDEL', KEYS[2], unpack(ARGV))
if dropped > 0 then
  redis.call('HINCRBY', KEYS[1], 'deadLettersDropped', dropped)
  note_letters(KEYS[1], KEYS[2], before)
end
return dropped
`)
