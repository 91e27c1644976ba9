import { defineScript } from '../run-script.ts'
import { accountTerms } from './account.ts'
import { entryTerms } from './entry-terms.ts'
import { laneAccount } from './lane-account.ts'
import { packedCounts } from './packed-counts.ts'
import { streamInfo } from './stream-info.ts'

/** Code of the error reply that says: the bytes of these frames are not there, so nothing was done. */
export const NO_BYTES = 'NOBYTES'

/** Takes consecutive frames of one lane, each once. Their bytes have been stored before. */
export const pushScript = defineScript(`
-- KEYS  1 frames, 2 bytes, 3 counters, 4 lanes, 5 lanes seen, 6 earlier lanes
-- ARGV  1 lane, 2 backlog cap in records, 3 in bytes (0 = none), 4 expiry of the lane in ms; what this producer knows to be taken from the
--       lane: 5 last sequence, 6 frames, 7 records; what the reporter says of itself: 8 records created, 9 service, 10 description or '';
--       11 what the names of the frames end with, 12 "sequence records bytes" of each, one behind the other
-- Reply {accepted, duplicates, full}; the error NOBYTES, and nothing done, when the bytes of the first frame to be taken are not there
-- The bytes stay out of here: Redis hashes every text that a script is given, byte by byte, which costs more than all the rest. They lie
-- under the name "lane/sequence/end".
-- Frames are taken in order. One with a sequence the lane has passed is known already and not added again. The first one that would
-- lead beyond a cap ends the call with full = 1, and its bytes and those after it go; an empty backlog takes any frame, or a frame larger than
-- the cap would wait for ever. One without its bytes ends the call too, after those before it.
-- Each frame is counted in the account of its lane in the same step, and so is a gap before it: numbers that were skipped can never come
-- any more. A lane that is not known here begins with what its producer knows, else with nothing: then what is before its first frame is a gap.
-- All reads come before the first write, so a key of the wrong type changes nothing.
${packedCounts}${entryTerms}${streamInfo}${laneAccount}${accountTerms}
local MINUTE = 60000
local lane, max_records, max_bytes, expiry = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local function name_of(sequence) return lane .. '/' .. sequence .. '/' .. ARGV[11] end
local now, account = now_ms(), read_account(redis.call('HGET', KEYS[4], lane))
local is_new = not account
-- When a lane was seen is noted once a minute: its expiry is a day.
local notes_seen = is_new or math.floor(now / MINUTE) ~= math.floor(account.seen / MINUTE)
if notes_seen then redis.call('ZCARD', KEYS[5]) end
if is_new then
  redis.call('HLEN', KEYS[6])
  account = {frames = tonumber(ARGV[6]), records = tonumber(ARGV[7]), missing = 0, first = now, created = 0, description = ''}
end
-- A lane of which only a note came has no frame yet.
local last = account.frames > 0 and account.last or tonumber(ARGV[5])
local held = redis.call('HMGET', KEYS[3], 'totals', 'trimmed', 'trimmedBytes', 'largest')
local pushed, bytes, frames, known = totals(KEYS[1], held[1])
local trimmed, trimmed_bytes = tonumber(held[2]) or 0, tonumber(held[3]) or 0
if not known then
  -- The first push, or the counters were deleted: what is before the first entry was trimmed.
  trimmed, trimmed_bytes = totals_before(KEYS[1], '-')
  trimmed, trimmed_bytes = trimmed or pushed, trimmed_bytes or bytes
end
local largest_held = tonumber(held[4]) or 0
local largest = largest_held

local function is_beyond_cap(records, size)
  local backlog, backlog_bytes = pushed - trimmed, bytes - trimmed_bytes
  return (max_records > 0 and backlog > 0 and backlog + records > max_records)
    or (max_bytes > 0 and backlog_bytes > 0 and backlog_bytes + size > max_bytes)
end

local accepted, duplicates, full = 0, 0, 0
for of_frame, records_of_frame, bytes_of_frame in string.gmatch(ARGV[12], '(%d+) (%d+) (%d+)') do
  local name, sequence, records, size = name_of(of_frame), tonumber(of_frame), tonumber(records_of_frame), tonumber(bytes_of_frame)
  local is_fresh = full == 0 and sequence > last
  -- What an earlier call stored may be there, and what this one should have stored not: each is looked at.
  if is_fresh and redis.call('HSTRLEN', KEYS[2], name) ~= size then
    if accepted > duplicates then break end
    return redis.error_reply('${NO_BYTES} the bytes of the frames are gone')
  end
  if is_fresh and is_beyond_cap(records, size) then full = 1 end
  if full == 1 then
    redis.call('HDEL', KEYS[2], name)
  elseif not is_fresh then
    accepted, duplicates = accepted + 1, duplicates + 1
  else
    largest = math.max(largest, size)
    account.frames, account.records = account.frames + 1, account.records + records
    account.missing = account.missing + sequence - last - 1
    accepted, pushed, bytes, frames, last = accepted + 1, pushed + records, bytes + size, frames + 1, sequence
    redis.call('XADD', KEYS[1], '*', 'f', name, 'c', struct.pack('<ddddd', records, size, pushed, bytes, frames))
  end
end
if accepted > duplicates then
  redis.call('HSET', KEYS[3], 'totals', packed_totals(pushed, bytes, frames))
  if largest > largest_held then redis.call('HSET', KEYS[3], 'largest', largest) end
  if not known then redis.call('HSET', KEYS[3], 'trimmed', trimmed, 'trimmedBytes', trimmed_bytes) end
  if is_new then
    fold(KEYS[4], KEYS[5], KEYS[6], now - expiry)
    if tonumber(ARGV[6]) > 0 then add_earlier(KEYS[6], ARGV[9], {frames = tonumber(ARGV[6]), records = tonumber(ARGV[7]), missing = 0}, -1) end
  end
  -- An adopted frame says what was true when it was made, which may be less than is known.
  if ARGV[10] ~= '' and tonumber(ARGV[8]) >= account.created then
    account.created, account.description = tonumber(ARGV[8]), ARGV[10]
  end
  account.last, account.seen = last, now
  redis.call('HSET', KEYS[4], lane, packed_account(account))
  if notes_seen then redis.call('ZADD', KEYS[5], now, lane) end
elseif full == 1 and notes_seen and not is_new then
  -- One that waits at the cap is not silent.
  account.seen = now
  redis.call('HSET', KEYS[4], lane, packed_account(account))
  redis.call('ZADD', KEYS[5], now, lane)
end
return {accepted, duplicates, full}
`)
