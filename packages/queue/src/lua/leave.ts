import { defineScript } from '../run-script.ts'

/** Removes a consumer's name. */
export const leaveScript = defineScript(`
-- KEYS  1 frames
-- ARGV  1 pump, 2 consumer
-- Reply 1 when the name is gone, 0 when it still holds entries: with the name Redis would forget who has them, and lose them.
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
`)
