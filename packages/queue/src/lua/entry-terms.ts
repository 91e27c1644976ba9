/**
 * Lua functions shared by the scripts that read entries. An entry of the set has two fields: f the frame's name, under which its bytes lie in
 * the hash of bytes, and c its terms, five packed counts (packed-counts.ts, which these functions need): its own records and bytes, and the partition's
 * running totals of records, bytes and frames after it. With these, what lies before or after an entry is known without walking there. An entry
 * without valid terms was written by a stranger: it is handed out like any other and counts no record.
 */
export const entryTerms = `
-- The frame's name or nil, records, bytes, and the totals (records, bytes, frames) after the entry or nil.
local function terms(fields)
  local f, c
  for i = 1, #fields, 2 do
    local field = fields[i]
    if field == 'f' then f = fields[i + 1] elseif field == 'c' then c = fields[i + 1] end
  end
  if c and #c == 40 then
    local n, b, records, bytes, frames = struct.unpack('<ddddd', c)
    if are_counts(n, b, records, bytes, frames, 0, 0) then return f, n, b, records, bytes, frames end
  end
  return f, 0, #(f or '')
end

-- Totals (records, bytes, frames) before the first counted entry at or after 'from'; nil when there is none.
local function totals_before(key, from)
  while true do
    local entry = redis.call('XRANGE', key, from, '+', 'COUNT', 1)[1]
    if not entry then return nil end
    local _, n, b, records, bytes, frames = terms(entry[2])
    if records then return records - n, bytes - b, frames - 1 end
    from = '(' .. entry[1]
  end
end
`
