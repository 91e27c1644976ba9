import { defineScript } from '../run-script.ts'
import { accountTerms } from './account.ts'
import { entryTerms } from './entry-terms.ts'
import { laneAccount } from './lane-account.ts'
import { streamInfo } from './stream-info.ts'

/** Takes consecutive frames of one lane, each once. */
export const pushScript = defineScript(`
-- KEYS  1 frames, 2 lane, 3 counters, 4 lanes, 5 lanes seen, 6 earlier lanes
-- ARGV  1 lane, 2 backlog cap in records, 3 in bytes (0 = none), 4 expiry of the lane in ms; what this producer knows to be taken from the
--       lane: 5 last sequence, 6 frames, 7 records; what the reporter says of itself: 8 records created, 9 service, 10 description or '';
--       then for each frame: sequence, records, bytes
-- Reply {accepted, duplicates, full}
-- Frames are taken in order. One with a sequence the lane has passed is known already and not added again. The first one that would
-- lead beyond a cap ends the call with full = 1; an empty backlog takes any frame, or a frame larger than the cap would wait for ever.
-- Each frame is counted in the account of its lane in the same step, and so is a gap before it: numbers that were skipped can never come
-- any more. A lane that is not known here begins with what its producer knows, else with nothing: then what is before its first frame is a gap.
-- All reads come before the first write, so a key of the wrong type changes nothing.
${entryTerms}${streamInfo}${laneAccount}${accountTerms}
local FIRST_FRAME, MINUTE = 11, 60000
local lane, max_records, max_bytes, expiry = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local last = tonumber(redis.call('GET', KEYS[2])) or tonumber(ARGV[5])
local now, account = now_ms(), parsed(redis.call('HGET', KEYS[4], lane))
local is_new = not account
-- When a lane was seen is noted once a minute: its expiry is a day.
local notes_seen = is_new or math.floor(now / MINUTE) ~= math.floor(account.seen / MINUTE)
if notes_seen then redis.call('ZCARD', KEYS[5]) end
if is_new then redis.call('HLEN', KEYS[6]) end
account = account or {frames = tonumber(ARGV[6]), records = tonumber(ARGV[7]), missing = 0, first = now, created = 0, description = ''}
local held = redis.call('HMGET', KEYS[3], 'pushed', 'bytes', 'frames', 'trimmed', 'trimmedBytes', 'largest')
local pushed, bytes, frames, known = totals(KEYS[1], held)
local trimmed, trimmed_bytes = tonumber(held[4]) or 0, tonumber(held[5]) or 0
if not known then
  -- The first push, or the counters were deleted: what is before the first entry was trimmed.
  trimmed, trimmed_bytes = totals_before(KEYS[1], '-')
  trimmed, trimmed_bytes = trimmed or pushed, trimmed_bytes or bytes
end
local largest = tonumber(held[6]) or 0

local accepted, duplicates, full = 0, 0, 0
for i = FIRST_FRAME, #ARGV, 3 do
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
    account.frames, account.records = account.frames + 1, account.records + records
    account.missing = account.missing + sequence - last - 1
    pushed, bytes, frames, last = pushed + records, bytes + #frame, frames + 1, sequence
    redis.call('XADD', KEYS[1], '*', 'f', frame, 'n', records, 'c', string.format('%.0f %.0f %.0f', pushed, bytes, frames))
  end
  accepted = accepted + 1
end
if accepted > duplicates then
  redis.call('SET', KEYS[2], last, 'PX', expiry)
  redis.call('HSET', KEYS[3], 'pushed', pushed, 'bytes', bytes, 'frames', frames, 'largest', largest)
  if not known then redis.call('HSET', KEYS[3], 'trimmed', trimmed, 'trimmedBytes', trimmed_bytes) end
  if is_new then
    fold(KEYS[4], KEYS[5], KEYS[6], now - expiry)
    if tonumber(ARGV[6]) > 0 then add_earlier(KEYS[6], ARGV[9], {frames = tonumber(ARGV[6]), records = tonumber(ARGV[7]), missing = 0}, -1) end
  end
  -- An adopted frame says what was true when it was made, which may be less than is known.
  if ARGV[10] ~= '' and tonumber(ARGV[8]) >= account.created then
    account.created, account.description = tonumber(ARGV[8]), ARGV[10]
  end
  account.seen = now
  redis.call('HSET', KEYS[4], lane, printed(account))
  if notes_seen then redis.call('ZADD', KEYS[5], now, lane) end
else
  redis.call('PEXPIRE', KEYS[2], expiry)
end
return {accepted, duplicates, full}
`)
