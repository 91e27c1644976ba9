/** A Lua function shared by the scripts that remove entries: their bytes go with them. */
export const removeBytes = `
-- Bytes without an entry, which a push that was repeated or given up may leave behind, go as soon as the stream is empty: a push whose own
-- are among them is told so and stores them again.
local function remove_bytes(frames, bytes, names)
  if #names > 0 then redis.call('HDEL', bytes, unpack(names)) end
  if redis.call('XLEN', frames) == 0 then redis.call('UNLINK', bytes) end
end
`
