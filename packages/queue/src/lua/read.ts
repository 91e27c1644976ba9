import { defineScript } from '../run-script.ts'
import { entryTerms } from './entry-terms.ts'

/** Leases new entries to a consumer, bounded in frames and bytes. */
export const readScript = defineScript(`
-- KEYS  1 frames
-- ARGV  1 pump, 2 consumer, 3 most frames, 4 most bytes
-- Reply {id, bytes or nil, records, id, bytes or nil, records, …}
-- Entries are read one by one, because only what was read has a size: the answer is larger than ARGV[4] by less than its last entry.
${entryTerms}
local max_frames, max_bytes = tonumber(ARGV[3]), tonumber(ARGV[4])
local answer, frames, bytes = {}, 0, 0
while frames < max_frames and bytes < max_bytes do
  local streams = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', 1, 'STREAMS', KEYS[1], '>')
  if not streams then break end
  local entry = streams[1][2][1]
  local frame, records = terms(entry[2])
  answer[frames * 3 + 1], answer[frames * 3 + 2], answer[frames * 3 + 3] = entry[1], frame or false, records
  frames, bytes = frames + 1, bytes + #(frame or '')
end
return answer
`)
