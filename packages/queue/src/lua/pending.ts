import { RELEASED } from './release.ts'

/** A Lua function shared by the scripts that count what is pending; needs entryTerms. */
export const pendingTerms = `
-- Pending of a group, counted: leased entries one by one (they are few), unread ones by the totals of the first of them. The cost follows
-- what is leased, never the backlog. 'pushed' and 'frames' are the totals of the partition.
-- Records, frames, leased frames, id of the oldest or nil.
local function pending(key, group, pushed, frames)
  local PAGE = 500
  local records, entries, released, oldest, from = 0, 0, 0, nil, '-'
  repeat
    local page = redis.call('XPENDING', key, group['name'], from, '+', PAGE)
    for _, lease in ipairs(page) do
      oldest = oldest or lease[1]
      entries = entries + 1
      if lease[2] == '${RELEASED}' then released = released + 1 end
      local entry = redis.call('XRANGE', key, lease[1], lease[1])[1]
      if entry then
        local _, n = terms(entry[2])
        records = records + n
      end
    end
    from = #page > 0 and '(' .. page[#page][1] or from
  until #page < PAGE
  local held = entries - released
  local unread = '(' .. group['last-delivered-id']
  local first = redis.call('XRANGE', key, unread, '+', 'COUNT', 1)[1]
  if first then
    oldest = oldest or first[1]
    local records_before, _, frames_before = totals_before(key, unread)
    if records_before then records, entries = records + pushed - records_before, entries + frames - frames_before end
  end
  return records, entries, held, oldest
end
`
