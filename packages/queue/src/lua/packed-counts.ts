/**
 * Lua functions shared by the scripts that keep several counts in one text: eight bytes each, as Redis' own `struct` packs them ('<d', little-endian
 * doubles, exact below 2^53). To print seven numbers and to read them again takes a script longer than all that Redis does for it.
 */
export const packedCounts = `
-- Whether all seven are counts. What something else wrote is mostly none; where there are fewer, the rest is 0.
local MOST_COUNT = 9007199254740991
local function are_counts(a, b, c, d, e, f, g)
  return a % 1 + b % 1 + c % 1 + d % 1 + e % 1 + f % 1 + g % 1 == 0 and math.min(a, b, c, d, e, f, g) >= 0
    and math.max(a, b, c, d, e, f, g) <= MOST_COUNT
end
`
