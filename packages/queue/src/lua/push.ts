import { defineScript } from '../run-script.ts'
import { entryTerms } from './entry-terms.ts'

/** Takes consecutive frames of one lane, each once. */
export const pushScript = defineScript(`
-- KEYS  1 frames, 2 lane, 3 counters
-- ARGV  1 backlog cap in records, 2 in bytes (0 = none), 3 expiry of the lane in ms, then for each frame: sequence, records, bytes
-- Reply {accepted, duplicates, full}
-- Frames are taken in order. One with a sequence the lane has passed is known already and not added again. The first one that would
-- lead beyond a cap ends the call with full = 1; an empty backlog takes any frame, or a frame larger than the cap would wait for ever.
-- All reads come before the first write, so a key of the wrong type changes nothing.
${entryTerms}
local max_records, max_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
local last = tonumber(redis.call('GET', KEYS[2])) or 0
local held = redis.call('HMGET', KEYS[3], 'pushed', 'bytes', 'frames', 'trimmed', 'trimmedBytes', 'largest')
local pushed, bytes, frames = tonumber(held[1]), tonumber(held[2]), tonumber(held[3])
if not pushed then
  -- The first push, or the counters were deleted: go on from the newest entry, so that totals never run backwards.
  local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  local _, _, c_records, c_bytes, c_frames = terms(newest and newest[2] or {})
  pushed, bytes, frames = c_records or 0, c_bytes or 0, c_frames or 0
end
local trimmed, trimmed_bytes = tonumber(held[4]) or 0, tonumber(held[5]) or 0
local largest = tonumber(held[6]) or 0

local accepted, duplicates, full = 0, 0, 0
for i = 4, #ARGV, 3 do
  local sequence, records, frame = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), ARGV[i + 2]
  if sequence <= last then
    duplicates = duplicates + 1
  else
    local backlog, backlog_bytes = pushed - trimmed, bytes - trimmed_bytes
    if (max_records > 0 and backlog > 0 and backlog + records > max_records)
      or (max_bytes > 0 and backlog_bytes > 0 and backlog_bytes + #frame > max_bytes) then
      full = 1
      break
    end
    largest = math.max(largest, #frame)
    pushed, bytes, frames, last = pushed + records, bytes + #frame, frames + 1, sequence
    redis.call('XADD', KEYS[1], '*', 'f', frame, 'n', records, 'c', string.format('%.0f %.0f %.0f', pushed, bytes, frames))
  end
  accepted = accepted + 1
end
if accepted > duplicates then
  redis.call('SET', KEYS[2], last, 'PX', ARGV[3])
  redis.call('HSET', KEYS[3], 'pushed', pushed, 'bytes', bytes, 'frames', frames, 'largest', largest)
else
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return {accepted, duplicates, full}
`)
