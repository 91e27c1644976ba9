import { defineScript } from '../run-script.ts'
import { entryTerms } from './entry-terms.ts'
import { packedCounts } from './packed-counts.ts'

/** Code of the error reply that says: the group may be there, but the base of its account is not. */
export const NO_ACCOUNT = 'NOACCOUNT'

/** Leases new entries to a consumer, bounded in frames and bytes. */
export const readScript = defineScript(`
-- KEYS  1 frames, 2 counters, 3 bytes
-- ARGV  1 pump, 2 consumer, 3 most frames, 4 most bytes
-- Reply {id, name or nil, records, id, name or nil, records, …}; the error NOACCOUNT when the pump's account was deleted
-- The bytes under the names are asked for by the consumer: they are not to come through here (see push.ts).
-- Only what was read has a size. So as many entries are read at once as would fit if each were the largest frame ever pushed here, and at
-- last one by one: the frames are larger than ARGV[4] by less than the last of them. (Entries of strangers are not known beforehand; STEP
-- bounds how many of them can come at once.)
${packedCounts}${entryTerms}
local STEP = 32
local max_frames, max_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[2], 'largest', ARGV[1] .. '/base')
if not held[2] then return redis.error_reply('${NO_ACCOUNT} the account of the pump is gone') end
-- A key of the wrong type fails the call before it leases anything.
redis.call('HLEN', KEYS[3])
local largest = tonumber(held[1]) or max_bytes
local answer, frames, bytes = {}, 0, 0
while frames < max_frames and bytes < max_bytes do
  local fitting = math.max(1, math.floor((max_bytes - bytes) / math.max(1, largest)))
  local count = math.min(max_frames - frames, fitting, STEP)
  local streams = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', count, 'STREAMS', KEYS[1], '>')
  if not streams then break end
  local entries = streams[1][2]
  for _, entry in ipairs(entries) do
    local name, records, size = terms(entry[2])
    local at = frames * 3
    answer[at + 1], answer[at + 2], answer[at + 3] = entry[1], name or false, records
    frames, bytes = frames + 1, bytes + size
  end
  if #entries < count then break end
end
return answer
`)
