/** Lua functions shared by the scripts that compare entry ids. */
export const entryIds = `
-- Ids are pairs of unsigned 64-bit numbers, too large for Lua's: compare the digits.
local function less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end
local function before(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms == b_ms then return less(a_seq, b_seq) end
  return less(a_ms, b_ms)
end
-- The id after this one; the same one (nothing is removed too early) where Lua's numbers end.
local function after(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  if #seq > 15 then return id end
  return ms .. '-' .. string.format('%.0f', tonumber(seq) + 1)
end
`
