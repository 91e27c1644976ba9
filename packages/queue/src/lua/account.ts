/**
 * Lua functions shared by the scripts that read or rebuild counters; needs entryTerms, and with it packedCounts. The hash of counters may have been deleted by hand.
 * What the entries say is enough to go on: the totals from the newest of them, and a pump's account from what is pending for it.
 */
export const accountTerms = `
local function packed_totals(records, bytes, frames) return struct.pack('<ddd', records, bytes, frames) end

-- Totals of the partition (records, bytes, frames), and whether they stand in the counters: 'held' is what these say. If they do not, the
-- totals go on from the newest counted entry, so that they never run backwards.
local function totals(key, held)
  if held and #held == 24 then
    local records, bytes, frames = struct.unpack('<ddd', held)
    if are_counts(records, bytes, frames, 0, 0, 0, 0) then return records, bytes, frames, true end
  end
  local to = '+'
  while true do
    local entry = redis.call('XREVRANGE', key, to, '-', 'COUNT', 1)[1]
    if not entry then return 0, 0, 0, false end
    local _, _, _, records, bytes, frames = terms(entry[2])
    if records then return records, bytes, frames, false end
    to = '(' .. entry[1]
  end
end

-- delivered, filtered, dead-lettered and removed of a pump, and where its account begins (what had been pushed before). An account without
-- a beginning was deleted: it begins such that pushed = what it says was settled since + what is pending.
local function account_of(counters, pump, pushed, pending_records)
  local held, settled, sum = redis.call('HMGET', counters, pump .. '/base', pump .. '/delivered', pump .. '/filtered', pump .. '/deadLettered',
    pump .. '/removed'), {}, 0
  for i = 2, 5 do
    settled[i - 1] = tonumber(held[i]) or 0
    sum = sum + settled[i - 1]
  end
  return settled, tonumber(held[1]) or pushed - pending_records - sum
end

-- Notes totals that did not stand in the counters; what is before the first entry was trimmed.
local function note_totals(key, counters, pushed, bytes, frames)
  local trimmed, trimmed_bytes = totals_before(key, '-')
  redis.call('HSET', counters, 'totals', packed_totals(pushed, bytes, frames), 'trimmed', trimmed or pushed,
    'trimmedBytes', trimmed_bytes or bytes)
end
`
