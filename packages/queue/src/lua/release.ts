import { defineScript } from '../run-script.ts'
import { streamInfo } from './stream-info.ts'

/** Nobody's name: the owner of what was given up. It never reads. */
export const RELEASED = '(released)'

/** Gives leased entries up. */
export const releaseScript = defineScript(`
-- KEYS  1 frames
-- ARGV  1 pump, 2 consumer, then ids
-- Reply how many were given up
-- They pass to nobody's name with an idle time since 1970, so any consumer may take them over at once whatever its lease, and the one
-- that gave them up can no longer settle them. The delivery is taken back: only those that did not end in order count.
${streamInfo}
local released = 0
for i = 3, #ARGV do
  local id = ARGV[i]
  local deliveries = deliveries_if_held(KEYS[1], ARGV[1], ARGV[2], id)
  if deliveries then
    redis.call('XCLAIM', KEYS[1], ARGV[1], '${RELEASED}', 0, id, 'TIME', 1, 'RETRYCOUNT', math.max(0, deliveries - 1), 'JUSTID')
    released = released + 1
  end
end
return released
`)
