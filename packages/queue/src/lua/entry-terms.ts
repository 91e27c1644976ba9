/**
 * Lua functions shared by the scripts that read entries. An entry of the set has three fields: f the frame's bytes,
 * n the records in it, c the partition's running totals after it, "records bytes frames". With c, what lies before or
 * after an entry is known without walking there. An entry without valid n and c was written by a stranger: it is handed
 * out like any other and counts no record.
 */
export const entryTerms = `
-- frame bytes or nil, records, and the totals (records, bytes, frames) after the entry or nil.
local function terms(fields)
  local f, n, c
  for i = 1, #fields, 2 do
    local field = fields[i]
    if field == 'f' then f = fields[i + 1] elseif field == 'n' then n = fields[i + 1] elseif field == 'c' then c = fields[i + 1] end
  end
  local records, bytes, frames = string.match(c or '', '^(%d+) (%d+) (%d+)$')
  if not records or not string.match(n or '', '^%d+$') then return f, 0 end
  return f, tonumber(n), tonumber(records), tonumber(bytes), tonumber(frames)
end

-- Totals (records, bytes, frames) before the first counted entry at or after 'from'; nil when there is none.
local function totals_before(key, from)
  while true do
    local entry = redis.call('XRANGE', key, from, '+', 'COUNT', 1)[1]
    if not entry then return nil end
    local f, n, records, bytes, frames = terms(entry[2])
    if records then return records - n, bytes - #(f or ''), frames - 1 end
    from = '(' .. entry[1]
  end
end
`
