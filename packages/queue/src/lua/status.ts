import { defineScript } from '../run-script.ts'
import { entryTerms } from './entry-terms.ts'
import { RELEASED } from './release.ts'
import { streamInfo } from './stream-info.ts'

/** Reads the account of one partition as one snapshot. */
export const statusScript = defineScript(`
-- KEYS  1 frames, 2 counters, 3 dead
-- Reply {pushed, frames, dead letters, dead letters removed, dead letters dropped, {pump, base, delivered, filtered, deadLettered, removed, vanished,
--        pending records, pending frames, leased frames, age of the oldest in ms or -1} for each group}
-- Pending is counted: leased entries one by one (they are few), unread ones by the totals of the first of them. The cost follows what
-- is leased, never the backlog.
${entryTerms}${streamInfo}
local PAGE = 500
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local totals = redis.call('HMGET', KEYS[2], 'pushed', 'frames', 'deadLettersRemoved', 'deadLettersDropped')
local pushed, frames = tonumber(totals[1]) or 0, tonumber(totals[2]) or 0
local answer = {pushed, redis.call('XLEN', KEYS[1]), redis.call('XLEN', KEYS[3]), tonumber(totals[3]) or 0, tonumber(totals[4]) or 0}

local function leased(pump)
  local records, entries, released, oldest, from = 0, 0, 0, nil, '-'
  while true do
    local page = redis.call('XPENDING', KEYS[1], pump, from, '+', PAGE)
    for _, lease in ipairs(page) do
      oldest = oldest or lease[1]
      entries = entries + 1
      if lease[2] == '${RELEASED}' then released = released + 1 end
      local entry = redis.call('XRANGE', KEYS[1], lease[1], lease[1])[1]
      if entry then
        local _, n = terms(entry[2])
        records = records + n
      end
    end
    if #page < PAGE then return records, entries, released, oldest end
    from = '(' .. page[#page][1]
  end
end

for _, group in ipairs(groups(KEYS[1])) do
  local pump = group['name']
  local records, entries, released, oldest = leased(pump)
  local held = entries - released
  local unread = '(' .. group['last-delivered-id']
  local first = redis.call('XRANGE', KEYS[1], unread, '+', 'COUNT', 1)[1]
  if first then
    oldest = oldest or first[1]
    local records_before, _, frames_before = totals_before(KEYS[1], unread)
    if records_before then records, entries = records + pushed - records_before, entries + frames - frames_before end
  end
  local age = oldest and math.max(0, now - tonumber(string.match(oldest, '^%d+'))) or -1
  local account = {pump}
  for i, term in ipairs(redis.call('HMGET', KEYS[2], pump .. '/base', pump .. '/delivered', pump .. '/filtered',
    pump .. '/deadLettered', pump .. '/removed', pump .. '/vanished')) do
    account[i + 1] = tonumber(term) or 0
  end
  account[8], account[9], account[10], account[11] = records, entries, held, age
  answer[#answer + 1] = account
end
return answer
`)
