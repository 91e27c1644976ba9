import { defineScript } from '../run-script.ts'
import { streamInfo } from './stream-info.ts'

/** Renews leases. */
export const renewScript = defineScript(`
-- KEYS  1 frames
-- ARGV  1 pump, 2 consumer, then ids
-- Reply the ids the consumer does not hold any more
-- Only its own: a process that wakes after its entries were taken over gets none of them back. No delivery is counted.
${streamInfo}
local lost = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  if deliveries_if_held(KEYS[1], ARGV[1], ARGV[2], id) then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
  else
    lost[#lost + 1] = id
  end
end
return lost
`)
