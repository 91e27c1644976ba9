/** Lua functions shared by the scripts that ask about groups, owners and time. */
export const streamInfo = `
-- The maps of an XINFO reply, as tables by name.
local function maps(reply)
  for i, flat in ipairs(reply) do
    local map = {}
    for j = 1, #flat, 2 do map[flat[j]] = flat[j + 1] end
    reply[i] = map
  end
  return reply
end

local function groups(key)
  if redis.call('EXISTS', key) == 0 then return {} end
  return maps(redis.call('XINFO', 'GROUPS', key))
end

-- Milliseconds since 1970, by Redis' clock.
local function now_ms()
  local clock = redis.call('TIME')
  return tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
end

-- How often the entry was handed out, if this consumer holds it; nil otherwise.
local function deliveries_if_held(key, pump, consumer, id)
  local entry = redis.call('XPENDING', key, pump, id, id, 1, consumer)[1]
  return entry and entry[4]
end
`
